"""All questions, in the order of the table."""

from taskgauge.suites.shapes.behaviour import changing, in_django, like_tuples, pickling, subclassing

QUESTIONS = (
    *changing.QUESTIONS,
    *subclassing.QUESTIONS,
    *like_tuples.QUESTIONS,
    *pickling.QUESTIONS,
    *in_django.QUESTIONS,
)
BY_ID = {question.id: question for question in QUESTIONS}
