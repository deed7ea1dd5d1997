"""Who comes in: the first login, wrong ones, the end of a session."""

import re

from playwright.sync_api import expect

from helpers import wait_until
from house import PASSWORD, USER


def test_the_first_start_prints_a_password_that_opens_the_page(dashboard, browse, tmp_path):
    state = tmp_path / "kept"
    first = dashboard("DemoStream", password=None, state=state)
    user = re.search(r"^user: (\S+)$", first.out, re.MULTILINE).group(1)
    password = re.search(r"^password: (\S+)$", first.out, re.MULTILINE).group(1)
    assert user == USER and len(password) >= 16
    visit = browse(first, user=None)
    visit.page.goto(first.url)
    expect(visit.page).to_have_url(first.url + "login")
    visit.fill_login(user, password)
    expect(visit.page.get_by_role("heading", name="Start new load test")).to_be_visible()
    expect(visit.page).to_have_url(first.url)
    first.end()
    again = dashboard("DemoStream", password=None, state=state)
    assert "password:" not in again.out and password not in again.out + again.err
    other = browse(again, user=None)
    other.log_in(user, password)
    visit.expecting("ERR_")  # its primary is gone


def test_a_wrong_password_is_refused_and_repeated_ones_are_slowed(dashboard, browse):
    running = dashboard("DemoStream")
    visit = browse(running, user=None)
    visit.expecting(r"status of 4(01|29)")
    visit.page.goto(running.url)

    def answer(password):
        with visit.page.expect_response(lambda response: response.request.method == "POST") as told:
            visit.fill_login(USER, password)
        visit.page.wait_for_load_state()
        return told.value.status

    alert = visit.page.get_by_role("alert")
    for attempt in range(5):
        assert answer(f"guess {attempt}") == 401
        expect(alert).to_have_text("This user and password do not match.")
    # A guess that comes after the wait, on a slow machine, doubles it.
    wait_until(lambda: answer("another guess") == 429, 10, "the wait after wrong logins")
    expect(alert).to_have_text("Too many wrong logins. Wait a moment, then try again.")
    assert visit.context.cookies() == []
    wait_until(lambda: answer(PASSWORD) == 303, 20, "the right password, after the wait")
    expect(visit.page.get_by_role("heading", name="Start new load test")).to_be_visible()


def test_logging_out_ends_the_session(dashboard, browse):
    running = dashboard("DemoStream")
    visit = browse(running)
    cookie = visit.context.cookies()[0]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    visit.page.get_by_role("button", name="Log out").click()
    expect(visit.page.get_by_label("Password")).to_be_visible()
    visit.context.add_cookies([cookie])  # a copy is worth nothing any more
    visit.page.goto(running.url)
    expect(visit.page.get_by_label("Password")).to_be_visible()
    status, _ = running.ask("GET", "api/v1/run", user=None, headers={"Cookie": f"{cookie['name']}={cookie['value']}"})
    assert status == 401


def test_a_session_that_is_over_leads_back_to_the_login(dashboard, browse):
    running = dashboard("DemoStream")
    visit = browse(running)
    visit.expecting("status of 401")
    visit.context.clear_cookies()
    visit.choose_tab("Runs")
    expect(visit.page.get_by_role("alert")).to_have_text("Your session has ended. Log in again.")
