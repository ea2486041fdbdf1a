"""A report as JSON."""

from __future__ import annotations

import json
from typing import Any

from derive.judging.model import Judgement, Report


def to_json(report: Report) -> str:
    """The report as ``derive verify --json`` prints it: answers, summary and what was rejected."""
    content = {
        "problem": report.problem,
        "answers": [_answer(judgement) for judgement in report.judgements],
        "summary": {
            "counts": report.counts,
            "first_wrong": report.first_wrong,
            "marks": report.marks,
            "out_of": report.out_of,
        },
        "conventions": [
            {"student": student, "said": list(sentences)} for student, sentences in report.conventions.items()
        ],
        "missing": list(report.missing),
        "rejected": [{"file": each.file, "row": each.row, "reason": each.reason} for each in report.rejected],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _answer(judgement: Judgement) -> dict[str, Any]:
    return {
        "student": judgement.student,
        "quantity": judgement.quantity,
        "written": judgement.written,
        "verdict": judgement.verdict,
        "expected": judgement.expected,
        "diagnosis": list(judgement.diagnosis),
        "explanation": judgement.explanation,
        "follows_from": list(judgement.follows_from),
        **({"given": judgement.given, "used": judgement.used} if judgement.given else {}),
        "marks": judgement.marks,
        "note": judgement.note,
    }
