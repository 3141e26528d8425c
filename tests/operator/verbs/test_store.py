"""The operator's verb about the store."""

from sqlalchemy import update

from coserver.store.schema import quota as schema


def test_doctor_when_counters_are_wrong_then_tells_and_repairs_on_demand(estate, office, people):
    assert office.do("doctor") == []
    estate.store.write(lambda tx: tx.execute(update(schema.usage).values(bytes=7)))
    assert {each["mended"] for each in office.do("doctor")} == {False}
    assert {each["mended"] for each in office.do("doctor", repair=True)} == {True}
    assert office.do("doctor") == []
