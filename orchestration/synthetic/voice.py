"""What customers say and do: surveys, tickets, product use. All of it turns before a departure."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestration.synthetic import dials
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Kind, Log
from orchestration.synthetic.profile import Profile

Span = tuple[datetime, datetime | None]
DAY = timedelta(days=1)
COMMENTS = {
    "promoter": ("Saves us hours every week.", "Great support team.", ""),
    "passive": ("Does the job.", "Good, a little slow at times.", ""),
    "detractor": ("Too expensive for what we use.", "We miss exports.", "Support took a week to answer."),
}
# What the survey tool labels an answer with, by its comment.
TAGS = {"Great support team.": "support;praise", "Support took a week to answer.": "support"}
FEATURES = (("reports", 60), ("sharing", 18))


def tell_voice(
    log: Log, profile: Profile, spans: list[Span], draws: Draws, until: datetime, usage_every_days: int
) -> None:
    """Surveys, tickets and usage over the paid times of a customer."""
    number = 0
    for start, ended in sorted(spans, key=lambda span: span[0]):
        end = min(ended or until, until)
        number = _surveys(log, profile, (start, end, ended), draws, number)
        _tickets(log, profile, (start, end, ended), draws)
    for start, ended in _disjoint(spans, until):
        _usage(log, profile, (start, min(ended or until, until), ended), draws, usage_every_days)


def _disjoint(spans: list[Span], until: datetime) -> list[Span]:
    """Overlapping paid times as one: a customer uses the product once."""
    merged: list[Span] = []
    for start, ended in sorted(spans, key=lambda span: span[0]):
        if merged and start <= (merged[-1][1] or until):
            last = merged[-1][1]
            both = None if last is None or ended is None else max(last, ended)
            merged[-1] = (merged[-1][0], both)
        else:
            merged.append((start, ended))
    return merged


def _mood(profile: Profile, at: datetime, ended: datetime | None) -> str:
    """The customer's health, poor where the end is near."""
    return "poor" if ended is not None and ended - at < dials.DECLINE_DAYS * DAY else profile.health


def _surveys(
    log: Log, profile: Profile, span: tuple[datetime, datetime, datetime | None], draws: Draws, number: int
) -> int:
    start, end, ended = span
    sent = start + draws.integer(30, 90) * DAY
    while sent < end:
        number += 1
        name = f"{profile.number + 1:06d}_{number}"
        log.put(
            sent, Kind.SURVEY_SENT, "survey_sends", send_id=f"snd_{name}", survey="relationship",
            respondent=profile.email, sent_at=sent,
        )  # fmt: skip
        if draws.chance(dials.SURVEY_ANSWER_SHARE):
            at = sent + draws.integer(1, 9 * 86_400) * timedelta(seconds=1)
            score, category = _score(_mood(profile, at, ended), draws)
            comment = draws.pick(COMMENTS[category])
            log.put(
                at, Kind.SURVEY_ANSWERED, "survey_responses", response_id=f"nps_{name}",
                survey="relationship",
                survey_type="nps", score=score, comment=comment or None, tags=TAGS.get(comment),
                respondent=profile.email, customer_id=profile.customer_id, responded_at=at, sent_at=sent,
                updated_at=at, excluded=False,
            )  # fmt: skip
        sent += dials.SURVEY_EVERY_DAYS * DAY
    return number


def _score(mood: str, draws: Draws) -> tuple[int, str]:
    promoter, detractor = dials.PROMOTER_DETRACTOR[mood]
    luck = draws.unit()
    if luck < promoter:
        return draws.integer(9, 10), "promoter"
    if luck < promoter + detractor:
        return draws.integer(0, 6), "detractor"
    return draws.integer(7, 8), "passive"


def _tickets(
    log: Log, profile: Profile, span: tuple[datetime, datetime, datetime | None], draws: Draws
) -> None:
    start, end, ended = span
    month, number = start, 0
    while month < end:
        mood = _mood(profile, month, ended)
        if draws.chance(dials.TICKETS_PER_MONTH[mood]):
            number += 1
            opened = draws.instant(month, month + 30 * DAY)
            ticket = f"tic_{profile.number + 1:06d}_{start:%y%m%d}_{number}"
            replied = opened + draws.integer(10, 1_800) * timedelta(minutes=1)
            solved = replied + draws.integer(20, 8_000) * timedelta(minutes=1)
            log.put(
                opened, Kind.TICKET_OPENED, "tickets", ticket_id=ticket, customer_id=profile.customer_id,
                email=profile.email, opened_at=opened, first_reply_at=None, solved_at=None, reopened_count=0,
                csat=None, channel=draws.pick(("email", "chat", "phone")),
            )  # fmt: skip
            log.put(replied, Kind.TICKET_OPENED, "tickets", ticket_id=ticket, first_reply_at=replied)
            happy = {"good": 5, "fair": 4, "poor": 3}[mood]
            log.put(
                solved, Kind.TICKET_SOLVED, "tickets", ticket_id=ticket, solved_at=solved,
                reopened_count=1 if draws.chance(0.1) else 0,
                csat=max(1, happy - draws.integer(0, 2)) if draws.chance(0.4) else None,
            )  # fmt: skip
        month += 30 * DAY


def _usage(
    log: Log, profile: Profile, span: tuple[datetime, datetime, datetime | None], draws: Draws, every: int
) -> None:
    """Counts per feature, falling in a straight line to a fifth over the last weeks before an end."""
    start, end, ended = span
    level = {"good": 130, "fair": 100, "poor": 65}[profile.health]
    at = start + DAY
    while at < end:
        share = 100
        if ended is not None and ended - at < dials.DECLINE_DAYS * DAY:
            share = 20 + 80 * (ended - at).days // dials.DECLINE_DAYS
        noise = draws.integer(75, 125)
        for feature, base in FEATURES:
            events = base * level * share * noise // 1_000_000
            log.put(
                at, Kind.PRODUCT_USED, "product_usage", customer_id=profile.customer_id, used_on=at.date(),
                feature=feature, events=events, active_users=max(1, events // 12),
            )  # fmt: skip
        at += every * DAY
