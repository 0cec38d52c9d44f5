"""Matters and the directory as JSON."""

from gateway.domain.directories import Gap
from gateway.domain.rules import Words
from gateway.schemas.matters import (
    DirectoryOut,
    FieldOut,
    GapOut,
    InspectionLineOut,
    LaggingOut,
    MatterOut,
    MissedOut,
    OfferOut,
    OptionOut,
    PostOut,
    SpokenOut,
    StepOut,
    ToldOut,
)
from gateway.services.checklist_views import InspectionLine
from gateway.services.directories import DirectoryView
from gateway.services.matters import Lagging, MatterView, Offer


def spoken(words: Words) -> SpokenOut:
    return SpokenOut(zh=words.zh, en=words.en)


def offer_out(offer: Offer) -> OfferOut:
    rule = offer.rule
    return OfferOut(
        kind=offer.kind,
        title=spoken(rule.title),
        about_person=rule.about_person,
        fields=[
            FieldOut(
                key=field.key,
                title=spoken(field.title),
                kind=field.kind,
                required=field.required,
                options=[OptionOut(key=option.key, title=spoken(option.title)) for option in field.options],
            )
            for field in rule.fields
        ],
        says=spoken(rule.says) if rule.says else None,
        rules=list(rule.source),
    )


def matter_out(view: MatterView) -> MatterOut:
    matter = view.matter
    return MatterOut(
        id=matter.id,
        reference=matter.reference,
        kind=matter.kind,
        title=spoken(view.rule.title),
        area=matter.area,
        unit=view.unit,
        person=view.person,
        told_at=matter.told_at,
        repeated=matter.repeated,
        told=[ToldOut(title=spoken(title), value=value) for title, value in view.told],
        steps=[
            StepOut(
                key=step.rule.key,
                title=spoken(step.rule.title),
                due_at=step.kept.due_at,
                taken_at=step.kept.taken_at,
                taken_by=step.taken_by,
                owner=step.owner,
                missed_at=step.kept.missed_at,
                note=step.kept.note,
            )
            for step in view.steps
        ],
        missing=list(view.missing),
        closed_at=matter.closed_at,
        outcome=matter.outcome,
        rules=list(view.rule.source),
    )


def lagging_out(found: Lagging) -> LaggingOut:
    return LaggingOut(
        kind=found.kind,
        title=spoken(found.title),
        notify=[MissedOut(who=one.who, times=one.times) for one in found.named.notify],
        interview=[MissedOut(who=one.who, times=one.times) for one in found.named.interview],
        rules=list(found.rules),
    )


def inspection_line_out(line: InspectionLine) -> InspectionLineOut:
    return InspectionLineOut(
        title=line.title,
        item_no=line.item_no,
        item=line.item,
        unit=line.unit,
        days_late=line.days_late,
        rules=list(line.rules),
    )


def directory_out(view: DirectoryView) -> DirectoryOut:
    return DirectoryOut(
        area=view.area,
        posts=[
            PostOut(
                kind=one.post.kind,
                key=one.post.key,
                area=one.post.area,
                title=spoken(one.title),
                person=one.person,
                deputy=one.deputy,
                unit=one.unit,
                confirmed_at=one.post.confirmed_at,
                rules=list(one.rules),
            )
            for one in view.posts
        ],
        gaps=[gap_out(gap) for gap in view.gaps],
    )


def gap_out(gap: Gap) -> GapOut:
    return GapOut(
        kind=gap.kind,
        key=gap.key,
        area=gap.area,
        unit=gap.unit.name if gap.unit else None,
        lacks=gap.lacks,
        told=gap.heard.level,
        rules=list(gap.rules),
    )
