"""What a run records and does not judge."""


class Recorder:
    """Keeps answers to questions, and values that changed on their way."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.answers: list[dict[str, str]] = []
        """Answers to open questions, and sides taken in disagreements."""
        self.round_trip: list[dict[str, str]] = []
        """Values that did not come back as Django's documentation says, each shrunk to the smallest example."""

    def answer(self, question: str, aspect: str, answer: object, detail: object = "") -> None:
        """Record one aspect of an open question (OQ-01) or of a disagreement (DIS-01), in a word or a figure."""
        self.answers.append({"id": question, "aspect": aspect, "answer": str(answer), "detail": str(detail)})
