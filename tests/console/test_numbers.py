"""Every number on the dashboard against a count of its own over the topics (tests/console/count.py), as the page shows it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from statistics import mean, median

import pytest
from starlette.testclient import TestClient

from services.console.access.roles import Role
from services.console.follower import Follower
from services.console.queries.board import numbers
from services.console.queries.measures import Selection
from services.console.read_model.store import Store
from tests.console.count import ZERO, Claim, counted, days
from tests.console.site import House, console
from tests.console.test_deciding import signed_in, wish, work
from tests.e2e.installation import Installation
from tests.payer.rules import Rules
from tests.payer.simulation import Simulation

LEAST = 20
"""Under so many claims no share is said."""


@pytest.fixture(scope="module")
def decided(examples: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The examples, after people have appealed, written off, billed, rejected and held some, and undone an appeal."""
    copied = examples.copy(tmp_path_factory.mktemp("decided"))
    with console(copied.data) as house:
        client = signed_in(house, *Role)
        for action, number, asked in (
            ("appeal", 2, {"wish": "approve", "reason": "documented", "documents": ["LETTER-1"]}),
            ("write_off", 2, {"wish": "approve", "reason": "contract"}),
            ("bill_patient", 1, {"wish": "approve", "reason": "contract"}),
            ("records", 1, {"wish": "reject", "reason": "not_worth_it"}),
            ("bill_other", 1, {"wish": "hold", "reason": "awaiting_payer"}),
        ):
            for row in work(client, action=action)[:number]:
                answer = wish(client, row, **asked)
                assert answer.status_code == 202, answer.text
        third = work(client, action="appeal")[2]
        for undone in (
            {"wish": "approve", "reason": "documented", "documents": ["LETTER-1"]},
            {"wish": "undo", "reason": "mistake"},
        ):
            assert wish(client, third, **undone).status_code == 202
        house.work_off()
        yield house


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A clinic and its payer, until nobody has anything more to say."""
    home = tmp_path_factory.mktemp("simulated")
    simulation = Simulation(home, 60, Rules(seed=7), step=21, patience=3)
    simulation.run()
    with console(home / "data") as house:
        yield house


@pytest.fixture(params=["decided", "simulated"])
def house(request: pytest.FixtureRequest) -> House:
    found: House = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def client(house: House) -> TestClient:
    return house.client(Role.VIEWER)


@pytest.fixture
def claims(house: House) -> list[Claim]:
    return counted(house.site.deployment.log)


@pytest.fixture
def today(house: House) -> date:
    return day_of_books(house)


def day_of_books(house: House) -> date:
    text = house.client(Role.VIEWER).get("/board").text
    found = re.search(r"Day of the books: <span class=\"strong\">([0-9-]+)", text)
    assert found is not None
    return date.fromisoformat(found[1])


def tiles(page: str) -> dict[str, tuple[str, str]]:
    """Each number by its id: its value and its note, as the page says them."""
    found = re.findall(
        r'class="tile number" id="(\w+)">.*?class="value[^"]*">(.*?)</span>\s*<a class="note"[^>]*>(.*?)</a>',
        page,
        re.DOTALL,
    )
    return {id_: (unescape(value), unescape(note)) for id_, value, note in found}


def table(client: TestClient, id_: str, address: str = "") -> list[list[str]]:
    """The table beside a chart."""
    series = client.get(f"/api/v1/board?{address}").json()["series"]
    rows = next(one["rows"] for one in series if one["id"] == id_)
    return [[cell["said"] for cell in row] for row in rows]


def dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def share(part: Decimal | int, whole: Decimal | int, claims: int) -> str:
    return f"{Decimal(part) / Decimal(whole) * 100:.1f} %" if claims >= LEAST and whole else "too few to say"


def total(claims: Iterable[Claim], amount: Callable[[Claim], Decimal]) -> Decimal:
    return sum((amount(claim) for claim in claims), ZERO)


def charge(claim: Claim) -> Decimal:
    return Decimal(claim.first["charge"])


def capped(claim: Claim) -> Decimal:
    return min(claim.recovered, claim.first_denied)


def spans(claims: Iterable[Claim], until: Callable[[Claim], str | None]) -> list[int]:
    found = (days(_first_day(claim), until(claim)) for claim in claims)
    return [each for each in found if each is not None]


def _first_day(claim: Claim) -> str | None:
    remittance = claim.first["remittance"]
    day: str | None = remittance["payment_date"] or remittance["production_date"]
    return day


def test_the_two_sets_hold_what_the_numbers_are_about(decided: House, simulated: House) -> None:
    person = counted(decided.site.deployment.log)
    payer = counted(simulated.site.deployment.log)
    assert {c.resolution for c in person} >= {"written_off", "billed_patient", "given_up", "overturned"}
    assert sum(c.appealed is not None for c in person) == 2
    assert sum(c.denied_first and c.resolution == "overturned" for c in payer) >= LEAST // 2


def test_every_number_is_as_it_is_counted_over_the_topics(client: TestClient, claims: list[Claim]) -> None:
    denials = [c for c in claims if c.denied_first]
    lines = [line for c in claims for line in c.first["lines"]]
    denied_lines = sum(line["state"] in ("denied_full", "denied_partial") for line in lines)
    resolved = [c for c in denials if c.resolution]
    overturned = [c for c in denials if c.resolution == "overturned"]
    written_off = [c for c in claims if c.resolution == "written_off"]
    billed, denied = total(claims, charge), total(denials, lambda c: c.first_denied)
    recovered = total(denials, capped)
    primary = [c for c in claims if c.first["status_code"] not in ("2", "3", "20", "21")]
    said = tiles(client.get("/board").text)
    unsaid = client.get("/api/v1/board").json()["numbers"]["place_unsaid"]
    assert said["initial_claims"] == (
        share(len(denials), len(claims), len(claims)),
        f"{len(denials):,} of {len(claims):,} claims",
    )
    assert said["initial_lines"] == (
        share(denied_lines, len(lines), len(lines)),
        f"{denied_lines:,} of {len(lines):,} lines",
    )
    assert said["initial_dollars"] == (
        share(denied, billed, len(claims)),
        f"{dollars(denied)} of {dollars(billed)}",
    )
    assert len(primary) - unsaid == int(said["primary_claims"][1].split(" of ")[1].split()[0])
    written = dollars(total(written_off, lambda c: c.denied_now))
    several = "claim" if len(written_off) == 1 else "claims"
    assert said["write_offs"] == ("not known", f"{written} written off, {len(written_off)} {several}")
    assert said["overturned"] == (
        share(len(overturned), len(resolved), len(resolved)),
        f"{len(overturned):,} of {len(resolved):,} resolved",
    )
    assert said["recovered"] == (
        share(recovered, denied, len(denials)),
        f"{dollars(recovered)} of {dollars(denied)}",
    )
    for id_, found in (
        ("to_appeal", spans((c for c in denials if c.appealed), lambda c: c.appealed)),
        ("to_corrected", spans((c for c in denials if c.delivered), lambda c: c.delivered)),
        ("to_resolution", spans(resolved, lambda c: c.resolved)),
    ):
        count = f"{len(found):,} {'claim' if len(found) == 1 else 'claims'}"
        if len(found) < LEAST:
            assert said[id_] == ("too few to say", count), id_
        else:
            average, middle = (f"{Decimal(str(f(found))):.1f}" for f in (mean, median))
            assert said[id_] == (f"{average} days", f"mean of {count}, median {middle} days"), id_


def test_causes_are_as_they_are_counted_over_the_topics(client: TestClient, claims: list[Claim]) -> None:
    found: Counter[str] = Counter()
    amounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    by_payer: Counter[tuple[str, str]] = Counter()
    for claim in claims:
        if claim.cause is not None:
            found[claim.cause] += 1
            amounts[claim.cause] += claim.cause_amount
            by_payer[claim.payer, claim.cause] += 1
    rows = table(client, "pareto")
    assert sorted((row[1], row[2]) for row in rows) == sorted(
        (f"{found[cause]:,}", dollars(amounts[cause])) for cause in found
    )
    assert rows[-1][3] == "100.0 %"
    assert [Decimal(row[2][1:].replace(",", "")) for row in rows] == sorted(amounts.values(), reverse=True)
    assert sorted(row[2] for row in table(client, "heat")) == sorted(f"{n:,}" for n in by_payer.values())


def test_the_trend_is_as_it_is_counted_over_the_topics(client: TestClient, claims: list[Claim]) -> None:
    decided: Counter[tuple[str, str]] = Counter()
    denied: Counter[tuple[str, str]] = Counter()
    amounts: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for claim in claims:
        first = date.fromisoformat(_first_day(claim) or "")
        place = claim.payer, (first - timedelta(days=first.weekday())).isoformat()
        decided[place] += 1
        denied[place] += claim.denied_first
        amounts[place] += claim.first_denied
    rows = table(client, "trend")
    assert sorted((row[1], row[2], row[3], row[4].split(" (")[0]) for row in rows) == sorted(
        (place[1], f"{denied[place]:,}", dollars(amounts[place]), f"{denied[place]:,} of {count:,}")
        for place, count in decided.items()
    )
    for row in rows:
        whole = int(row[4].split(" of ")[1].split()[0])
        assert ("too few to say" in row[4]) == (whole < LEAST)


def test_ages_are_as_they_are_counted_over_the_topics(
    client: TestClient, claims: list[Claim], today: date
) -> None:
    buckets = {"0-30 days": 0, "31-60 days": 0, "61-90 days": 0, "91-120 days": 0, "121+ days": 0}
    amounts = dict.fromkeys(buckets, ZERO)
    for claim in claims:
        if claim.state in ("denied_full", "denied_partial") and claim.resolution is None:
            first = _first_day(claim) if claim.denied_first else claim.last_day
            age = (today - date.fromisoformat(first or "")).days
            name = list(buckets)[min(max(0, (age - 1) // 30), 4)]
            buckets[name] += 1
            amounts[name] += claim.denied_now
    assert table(client, "ages") == [[n, f"{buckets[n]:,}", dollars(amounts[n])] for n in buckets]


def test_the_waterfall_is_as_it_is_counted_over_the_topics(client: TestClient, claims: list[Claim]) -> None:
    denials = [c for c in claims if c.denied_first]

    def ended(*resolutions: str | None) -> list[Claim]:
        return [c for c in denials if c.resolution in resolutions]

    def left(claim: Claim) -> Decimal:
        return claim.first_denied - capped(claim)

    closed = [c for c in ended("overturned", "no_denial", "taken_back") if left(c)]
    steps = [
        (len(claims), total(claims, charge)),
        (len(denials), total(denials, lambda c: c.first_denied)),
        *((len(s), total(s, lambda c: c.first_denied)) for s in [[c for c in denials if c.delivered]]),
        *((len(r), total(r, capped)) for r in [[c for c in denials if c.recovered]]),
        *((len(e), total(e, left)) for e in map(ended, ("written_off", "billed_patient", "given_up"))),
        (len(closed), total(closed, left)),
        (len(ended(None)), total(ended(None), left)),
    ]
    rows = table(client, "waterfall")
    assert [(row[1], row[2]) for row in rows] == [(f"{n:,}", dollars(a)) for n, a in steps]
    assert sum(amount for _, amount in steps[3:]) == steps[1][1]


def test_recovery_is_as_it_is_counted_over_the_topics(
    client: TestClient, claims: list[Claim], today: date
) -> None:
    cohorts: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.denied_first:
            cohorts[(_first_day(claim) or "")[:7]].append(claim)
    expected = []
    for month, members in sorted(cohorts.items()):
        observed = (today - date.fromisoformat(max(_first_day(c) or "" for c in members))).days
        denied = total(members, lambda c: c.first_denied)
        for horizon in (0, 7, 14, 30, 45, 60, 90, 120, 180, 270, 365):
            if horizon <= observed:
                found = [_after(c, horizon) for c in members]
                amount = sum(found, ZERO)
                expected.append(
                    [
                        *(month, str(horizon), f"{sum(a > 0 for a in found):,}", dollars(amount)),
                        share(amount, denied, len(members)),
                    ]
                )
    assert table(client, "recovery") == expected
    assert expected


def _after(claim: Claim, horizon: int) -> Decimal:
    paid = Decimal(claim.first["paid"])
    for day, now in claim.steps:
        if (days(_first_day(claim), day) or 0) <= horizon:
            paid = now
    return min(claim.first_denied, max(ZERO, paid - Decimal(claim.first["paid"])))


def test_deadlines_are_as_they_are_counted_over_the_topics(
    client: TestClient, claims: list[Claim], today: date
) -> None:
    last = today - timedelta(days=today.weekday()) + timedelta(days=9 * 7 - 1)
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    beside: dict[str, list[Decimal]] = defaultdict(list)
    for claim in (c for c in claims if c.undecided):
        assert claim.item is not None
        amount = Decimal(claim.item["proposal"]["amount_at_stake"])
        if claim.clock is None:
            beside["no clock known"].append(amount)
        elif claim.clock[0] < today.isoformat():
            beside["ended before today"].append(amount)
        elif claim.clock[0] > last.isoformat():
            beside[f"after {last.isoformat()}"].append(amount)
        else:
            found[claim.clock].append(amount)
    rows = table(client, "deadlines")
    assert [(row[0], row[2], row[3]) for row in rows[: len(found)]] == [
        (due, str(len(each)), dollars(sum(each, ZERO))) for (due, _), each in sorted(found.items())
    ]
    assert {row[0]: (row[2], row[3]) for row in rows[len(found) :]} == {
        name: (str(len(each)), dollars(sum(each, ZERO))) for name, each in beside.items()
    }


def test_a_selection_counts_only_its_claims(client: TestClient, claims: list[Claim]) -> None:
    for payer in {c.payer for c in claims}:
        own = [c for c in claims if c.payer == payer]
        said = tiles(client.get("/board", params={"payer": payer}).text)["initial_claims"][1]
        assert said == f"{sum(c.denied_first for c in own):,} of {len(own):,} claims"


def test_the_table_by_payer_is_as_it_is_counted_over_the_topics(
    client: TestClient, claims: list[Claim]
) -> None:
    rows = {row["payer"]: row for row in client.get("/api/v1/board").json()["payers"]}
    assert set(rows) == {c.payer for c in claims}
    for payer, row in rows.items():
        own = [c for c in claims if c.payer == payer]
        denials = [c for c in own if c.denied_first]
        standing = [c for c in own if c.denied_now and c.resolution is None]
        assert (row["initial_claims"]["part"], row["initial_claims"]["whole"]) == (len(denials), len(own))
        assert Decimal(row["billed"]) == total(own, charge)
        assert Decimal(row["denied"]) == total(denials, lambda c: c.first_denied)
        assert Decimal(row["recovered"]) == total(denials, capped)
        assert (row["standing"]["count"], Decimal(row["standing"]["amount"])) == (
            len(standing),
            total(standing, lambda c: c.denied_now),
        )


def test_behind_every_mark_stand_the_claims_that_it_counts(client: TestClient) -> None:
    page = client.get("/board").text
    marks = re.findall(r'<a href="([^"]+)" class="mark-link"><title>([^<]+)</title>', page)
    assert len(marks) > 10
    for href, said in marks:
        if "within=" in href:
            continue  # says dollars of dollars: the next test
        count = re.search(r"([0-9,]+) (?:claims?|run out)", said)
        amount = re.search(r"\$[0-9,.]+\d", said)
        assert count is not None
        assert amount is not None
        found = listed(client, unescape(href))
        # What stands is denied now; the worklist sums what its proposal is about.
        assert found == (count[1], found[1] if "standing" in href else amount[0]), said


def test_a_mark_of_open_work_opens_the_worklist_with_what_it_counts(
    client: TestClient, claims: list[Claim], today: date
) -> None:
    page = client.get("/board").text
    standing = [c for c in claims if c.denied_now and c.resolution is None]
    for figure, there in (("deadlines", "/work?"), ("ages", "/work?"), ("trend", "/board/claims?")):
        drawn = page.partition(f'id="{figure}"')[2].partition("</section>")[0]
        addresses = [unescape(a) for a in re.findall(r'<a href="([^"]+)" class="mark-link"', drawn)]
        assert addresses
        assert all(address.startswith(there) for address in addresses), figure
    for by_payer in {c.payer for c in standing}:
        own = sorted((c.lineage, c.denied_now) for c in standing if c.payer == by_payer)
        asked = {"behind": f"measure=standing&payer={by_payer or '-'}", "limit": "200"}
        rows = client.get("/api/v1/work", params=asked).json()["rows"]
        assert sorted(row["ref"].rpartition(".")[2] for row in rows) == [lineage for lineage, _ in own]
    past = [c for c in claims if c.undecided and c.clock and c.clock[0] < today.isoformat()]
    asked = {"behind": f"measure=running&due_before={today.isoformat()}", "limit": "200"}
    assert client.get("/api/v1/work", params=asked).json()["totals"]["claims"] == len(past)


def test_the_worklist_says_which_number_it_stands_behind(client: TestClient) -> None:
    page = client.get("/work", params={"behind": "measure=running&payer=NWH01"}).text
    assert "Denials with a clock that runs" in page
    assert "measure=running&amp;payer=NWH01" in page
    assert client.get("/work", params={"behind": "measure=unheard"}).status_code == 422


def test_behind_a_point_of_the_recovery_stand_the_claims_that_were_recovered_by_then(
    client: TestClient,
) -> None:
    page = client.get("/board").text
    points = re.findall(r'<a href="([^"]+within=[^"]+)" class="mark-link"><title>([^<]+)</title>', page)
    assert points
    for href, said in points:
        amount = re.search(r"days: (\$[0-9,.]+\d) of", said)
        assert amount is not None
        assert listed(client, unescape(href))[1] == amount[1]


def listed(client: TestClient, address: str) -> tuple[str, str]:
    """The totals of a list behind a mark, after counting its rows over all pages."""
    if address.startswith("/work?"):
        return worklisted(client, address.partition("?")[2])
    page = client.get(address)
    assert page.status_code == 200, page.text
    totals = re.search(
        r'id="totals"><span class="strong">([0-9,]+) claims?</span><span><span class="strong">(\$[0-9,.]+)',
        page.text,
    )
    assert totals is not None
    count = int(totals[1].replace(",", ""))
    rows = sum(
        client.get(f"{address}&page={number}").text.count("<tr data-row")
        if number > 1
        else page.text.count("<tr data-row")
        for number in range(1, max(1, -(-count // 100)) + 1)
    )
    assert rows == count
    return totals[1], totals[2]


def worklisted(client: TestClient, query: str) -> tuple[str, str]:
    answer = client.get(f"/api/v1/work?limit=200&{query}").json()
    assert answer["next"] is None
    assert answer["totals"]["claims"] == len(answer["rows"])
    return f"{len(answer['rows']):,}", dollars(Decimal(answer["totals"]["denied"]))


def test_the_read_model_made_anew_says_the_same(house: House, client: TestClient, tmp_path: Path) -> None:
    log = house.site.deployment.log
    anew = Store(tmp_path / "anew.sqlite3", log.identity)
    Follower(log, anew).catch_up()
    with house.site.model.reading() as before, anew.reading() as after:
        assert numbers(before, Selection()) == numbers(after, Selection())


def test_an_address_that_cannot_be_read_is_refused_with_the_name_of_the_field(client: TestClient) -> None:
    answer = client.get("/board", params={"since": "yesterday"})
    assert answer.status_code == 422
    assert "since" in answer.text
    assert "yesterday" not in answer.text
