"""Records of a run that get no verdict."""


class Recorder:
    """Keeps answers to questions, and values that a round trip changed."""

    def __init__(self) -> None:
        """Begin with no record."""
        self.answers: list[dict[str, str]] = []
        """Answers to open questions and disagreements."""
        self.round_trip: list[dict[str, str]] = []
        """Values that did not come back as Django's documentation says, shrunk to the smallest example."""

    def answer(self, question: str, aspect: str, answer: object, detail: object = "") -> None:
        """Record one aspect of an open question (OQ-01) or a disagreement (DIS-01) as a word or a number."""
        self.answers.append({"id": question, "aspect": aspect, "answer": str(answer), "detail": str(detail)})
