"""The services under a systemd that has really booted: a clean Debian 12 in systemd-nspawn."""

import json
import os
import re
import shutil
import sqlite3

import pytest

from roots import Machine, install, newer, wait_for

PASSWORD = "a-long-enough-password"
BASE = f"FRESHET_WEB_PASSWORD={PASSWORD}\n"


@pytest.fixture(scope="module")
def machine(copied_root, package, tmp_path_factory):
    if shutil.which("systemd-nspawn") is None or os.geteuid() != 0:
        pytest.skip("no systemd-nspawn for us here")
    install(copied_root, package)
    booted = Machine(copied_root, tmp_path_factory.mktemp("boot") / "console")
    yield booted
    booted.off()


def configure(machine, text):
    machine.write("/etc/freshet/freshet.env", BASE + text)


def apply(machine, text):
    configure(machine, text)
    # Nobody restarts it as often as these stories do: they don't count against the limit of starts.
    machine.said("systemctl reset-failed; systemctl restart freshet.target")


def stop(machine):
    machine.said("systemctl stop freshet.target freshet-primary.service 'freshet-secondary@*.service'")


def status(machine):
    done = machine.curl("-u", f"freshet:{PASSWORD}", "http://127.0.0.1:8089/stats/requests")
    return json.loads(done.stdout) if done.returncode == 0 and done.stdout.startswith("{") else {}


def joined(machine, count):
    def here():
        return len([one for one in status(machine).get("workers", []) if one["state"] != "missing"]) == count

    wait_for(here, 60, lambda: f"{count} secondaries: {status(machine).get('workers')}\n{machine.journal()}")


def secondaries(machine):
    listed = machine.said("systemctl list-units --plain --no-legend --state=active 'freshet-secondary@*.service' | cut -d ' ' -f 1")
    return listed.split()


def cores(machine):
    return len(os.sched_getaffinity(machine.init))


def test_nothing_runs_before_it_is_asked_for(machine):
    assert secondaries(machine) == []
    assert machine.run("systemctl is-active freshet-primary").stdout.strip() == "inactive"
    assert machine.run("systemctl is-enabled freshet.target").stdout.strip() == "disabled"


def test_one_secondary_a_core_each_on_its_own(machine):
    configure(machine, "")
    machine.said("systemctl start freshet.target")
    assert machine.show("freshet-primary", "Type") == "notify"
    count = cores(machine)
    wanted = [f"freshet-secondary@{core}.service" for core in range(count)]
    assert sorted(secondaries(machine)) == sorted(wanted), machine.journal()
    joined(machine, count)
    places = []
    for unit in wanted:
        pid = machine.show(unit, "MainPID")
        places.append(machine.said(f"sed -n 's/^Cpus_allowed_list:\\t//p' /proc/{pid}/status"))
        assert machine.said(f"stat -c %U /proc/{pid}") == "freshet"
    assert sorted(map(int, places)) == sorted(os.sched_getaffinity(machine.init))


def test_secrets_stay_with_root_and_the_group(machine):
    assert machine.said("stat -c '%a %U:%G' /etc/freshet/freshet.env") == "640 root:freshet"
    for unit in ("freshet-primary", "freshet-secondary@0", "freshet-secondaries"):
        assert PASSWORD not in machine.said(f"systemctl show {unit}; systemctl cat {unit}")
    pid = machine.show("freshet-secondary@0", "MainPID")
    assert "PASSWORD" not in machine.said(f"tr '\\0' '\\n' </proc/{pid}/environ")
    assert PASSWORD not in machine.said("journalctl --no-pager -o cat")


def test_a_restart_of_the_target_applies_the_configuration(machine):
    apply(machine, "FRESHET_SECONDARIES=1\n")
    assert secondaries(machine) == ["freshet-secondary@0.service"]
    joined(machine, 1)
    # The published set-up's name; more than there are cores, which then share them.
    count = cores(machine) + 1
    before = machine.show("freshet-primary", "MainPID")
    apply(machine, f"LOCUST_NUMBER_OF_SECONDARIES={count}\n")
    assert len(secondaries(machine)) == count
    joined(machine, count)
    assert machine.show("freshet-primary", "MainPID") != before
    apply(machine, "FRESHET_SECONDARIES=0\nLOCUST_NUMBER_OF_SECONDARIES=2\n")
    assert secondaries(machine) == []


def test_a_wrong_number_is_told(machine):
    configure(machine, "FRESHET_SECONDARIES=many\n")
    machine.run("systemctl restart freshet.target")
    assert machine.show("freshet-secondaries.service", "Result") == "exit-code"
    told = machine.journal("-u freshet-secondaries.service -p err")
    assert "FRESHET_SECONDARIES=many" in told


def test_a_killed_secondary_is_back_and_the_counts_hold(machine):
    apply(machine, "FRESHET_SECONDARIES=2\n")
    joined(machine, 2)
    answer = machine.curl("-u", f"freshet:{PASSWORD}", "-d", "host=null://&rate=20k", "http://127.0.0.1:8089/swarm")
    assert '"success":true' in answer.stdout.replace(" ", ""), answer.stdout + answer.stderr
    wait_for(lambda: status(machine).get("state") == "running", 60, machine.journal)
    machine.said("systemctl kill -s KILL freshet-secondary@1.service")
    wait_for(lambda: machine.show("freshet-secondary@1.service", "NRestarts") == "1", 60, machine.journal)
    joined(machine, 2)
    machine.curl("-u", f"freshet:{PASSWORD}", "http://127.0.0.1:8089/stop")
    wait_for(lambda: status(machine).get("state") == "stopped", 60, machine.journal)
    told = json.loads(machine.curl("-u", f"freshet:{PASSWORD}", "http://127.0.0.1:8089/api/v1/run").stdout)
    events = told["events"]
    assert events["generated"] == events["delivered"] + events["failed"] + events["unknown"] > 0


def test_a_restart_of_the_primary_alone_gets_its_secondaries_back(machine):
    apply(machine, "FRESHET_SECONDARIES=2\n")
    joined(machine, 2)
    machine.said("systemctl restart freshet-primary.service")
    joined(machine, 2)


def test_the_link_has_keys_unless_said_otherwise(machine):
    apply(machine, "FRESHET_SECONDARIES=1\n")
    joined(machine, 1)
    assert machine.said("stat -c '%a %U' /var/lib/freshet/keys/bundles/join.bundle") == "600 freshet"
    assert "(plaintext)" not in machine.journal("-u freshet-primary")
    assert machine.said("freshet-ctl status --state-dir /var/lib/freshet")
    apply(machine, "FRESHET_SECONDARIES=1\nFRESHET_PLAINTEXT=yes\nFRESHET_KEYS_DIR=\nFRESHET_JOIN=\n")
    joined(machine, 1)
    assert "(plaintext)" in machine.journal("-u freshet-primary")


def test_a_stop_under_load_ends_in_order_with_its_reports(machine):
    apply(machine, "FRESHET_SECONDARIES=2\nFRESHET_EXPECT_SECONDARIES=2\nFRESHET_AUTOSTART=yes\nFRESHET_TARGET=null://\n"
                   "FRESHET_RATE=20k\nFRESHET_JSON=stopped.json\n")  # fmt: skip
    wait_for(lambda: status(machine).get("state") == "running", 60, machine.journal)
    wait_for(lambda: sum(row["num_requests"] for row in status(machine)["stats"]) > 0, 60, machine.journal)
    stop(machine)
    assert machine.show("freshet-primary", "Result") == "success"
    report = json.loads((machine.root / "var/lib/freshet/stopped.json").read_text())
    assert report["exit_code"] == 143
    events = report["events"]
    assert events["generated"] == events["delivered"] > 0, "nobody was cut off"
    assert report["secondaries"] == 2


def test_a_primary_that_hangs_is_restarted(machine):
    machine.write("/etc/systemd/system/freshet-primary.service.d/quick.conf", "[Service]\nWatchdogSec=3s\n")
    machine.said("systemctl daemon-reload")
    apply(machine, "FRESHET_SECONDARIES=1\n")
    joined(machine, 1)
    # A well one is left alone for longer than the watchdog's time.
    first = machine.show("freshet-primary", "MainPID")
    machine.said("sleep 5")
    assert machine.show("freshet-primary", "MainPID") == first
    machine.said(f"kill -STOP {first}")
    wait_for(lambda: machine.show("freshet-primary", "MainPID") not in ("0", first), 90, machine.journal)
    assert "Failed with result 'watchdog'" in machine.journal("-u freshet-primary")
    joined(machine, 1)
    (machine.root / "etc/systemd/system/freshet-primary.service.d/quick.conf").unlink()
    machine.said("systemctl daemon-reload")
    stop(machine)


def test_a_run_by_itself_leaves_its_result_in_journal_and_history(machine):
    machine.write("/etc/freshet/runs/nightly.env", "FRESHET_TARGET=null://\nFRESHET_RATE=20k\nFRESHET_RUN_TIME=2s\nFRESHET_PROCESSES=1\n")
    machine.said("systemctl start freshet-run@nightly")
    told = machine.journal("-u freshet-run@nightly")
    assert re.search(r"^verdict +on target", told, re.MULTILINE), told
    assert "run nightly: exit code 0, finished, all well" in told
    with sqlite3.connect(f"file:{machine.root}/var/lib/freshet/history.db?mode=ro", uri=True) as history:
        rows = history.execute("SELECT * FROM runs ORDER BY started_ms DESC LIMIT 1").fetchall()
    assert "null://" in rows[0] and "finished" in rows[0]


def test_a_run_that_fails_says_how(machine):
    machine.write("/etc/freshet/runs/refused.env", "FRESHET_TARGET=DemoStream\nFRESHET_RATE=1k\nFRESHET_RUN_TIME=2s\nFRESHET_PROCESSES=1\n"
                  "FRESHET_ENDPOINT_URL=http://127.0.0.1:9\nAWS_REGION=eu-central-1\nAWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\n")  # fmt: skip
    assert machine.run("systemctl start freshet-run@refused").returncode != 0
    assert machine.show("freshet-run@refused", "ExecMainStatus") == "6"
    assert "run refused: exit code 6, target refused, nothing sent" in machine.journal("-u freshet-run@refused -p warning")
    assert machine.run("systemctl start freshet-run@unknown").returncode != 0, "there is no unknown.env"


def test_a_timer_makes_the_run(machine):
    machine.write("/etc/systemd/system/freshet-run@nightly.timer.d/soon.conf", "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/5\n")
    machine.said("systemctl daemon-reload")
    before = machine.show("freshet-run@nightly", "ExecMainExitTimestampMonotonic")
    machine.said("systemctl enable --now freshet-run@nightly.timer")
    wait_for(lambda: machine.show("freshet-run@nightly", "ExecMainExitTimestampMonotonic") not in ("0", before), 90, machine.journal)
    machine.said("systemctl disable --now freshet-run@nightly.timer")
    wait_for(lambda: machine.show("freshet-run@nightly", "ActiveState") == "inactive", 60, machine.journal)
    assert machine.show("freshet-run@nightly", "ExecMainStatus") == "0"


def test_the_journal_has_priorities(machine):
    lines = machine.said("journalctl --no-pager -q -o json -u 'freshet-run@*' -t run-ended").splitlines()
    told = {json.loads(line)["MESSAGE"]: json.loads(line)["PRIORITY"] for line in lines}
    assert told["run nightly: exit code 0, finished, all well"] == "5"
    assert told["run refused: exit code 6, target refused, nothing sent"] == "4"
    # The programs' own lines carry their levels: a secondary was killed above, and others joined.
    lines = machine.said("journalctl --no-pager -q -o json -u freshet-primary -t freshet").splitlines()
    levels = {}
    for line in map(json.loads, lines):
        level = re.match(r"\S+Z (INFO|WARNING|ERROR) ", line["MESSAGE"])
        if level:
            levels.setdefault(level.group(1), set()).add(line["PRIORITY"])
    assert levels["INFO"] == {"6"} and levels["WARNING"] == {"4"}, levels


def test_secondaries_alone_need_no_primary_here(machine):
    configure(machine, "FRESHET_SECONDARIES=2\nFRESHET_PLAINTEXT=yes\nFRESHET_JOIN=\n")
    machine.said("systemctl start freshet-secondaries.target")
    assert len(secondaries(machine)) == 2
    assert machine.run("systemctl is-active freshet-primary").stdout.strip() == "inactive"
    machine.said("systemctl stop freshet-secondaries.target")
    wait_for(lambda: secondaries(machine) == [], 60, machine.journal)


def test_an_upgrade_restarts_what_runs(machine, package, tmp_path):
    apply(machine, "FRESHET_SECONDARIES=1\n")
    joined(machine, 1)
    before = machine.show("freshet-primary", "MainPID")
    shutil.copy(newer(package, tmp_path), machine.root / "root")
    machine.said("dpkg --force-confdef --force-confold -i /root/freshet_newer.deb")
    assert machine.show("freshet-primary", "MainPID") not in ("0", before)
    assert secondaries(machine) == ["freshet-secondary@0.service"]
    joined(machine, 1)


def test_a_purge_stops_what_runs(machine):
    apply(machine, "FRESHET_SECONDARIES=1\n")
    machine.said("systemctl enable freshet.target && dpkg --purge freshet")
    assert machine.said("systemctl list-units --plain --no-legend 'freshet*' | grep -c running || true") == "0"
    assert machine.said("grep -l '^freshet' /proc/[0-9]*/comm || true") == ""
    assert not (machine.root / "etc/freshet").exists()
    assert not (machine.root / "var/lib/freshet").exists()
