"""``gongkai up`` takes comments while ``gongkai comments`` works beside it, each a process of its own."""

import json
import re
from pathlib import Path
from typing import Any

import requests

from config.clock import DrivenClock
from config.comments import form
from notices.samples import expand
from tests.consulted import NUMBER, OUTLETS, Sent, answer, at
from tests.journeys.town import furnish
from tests.producers.serve.processes import asked, free_ports, started
from tests.source import ROOT
from tests.waiting import until


def test_staff_work_beside_the_running_site(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_ports(2)
    furnish(home, port, OUTLETS)
    clock = DrivenClock(DrivenClock().now(), file=tmp_path / "clock")
    (tmp_path / "desk").mkdir()
    draft = "修订征求意见稿.pdf"
    (tmp_path / "desk" / draft).write_bytes((ROOT / "samples" / draft).read_bytes())
    notice = tmp_path / "desk" / "征求意见.md"
    text = expand((ROOT / "samples" / "t06b-consultation-posts.md").read_text("utf-8"), clock.now())
    for name, days in (("开始", 0), ("截止", 30)):
        text = re.sub(rf"征求意见{name}: .*", f'征求意见{name}: "{at(days):%Y-%m-%d}"', text)
    notice.write_text(text, "utf-8")
    with started("up", home, port, clock=tmp_path / "clock") as running:

        def command(*words: str) -> dict[str, Any]:
            done = asked(words[0], home, port, *words[1:], "--json", clock=tmp_path / "clock")
            assert done.returncode == 0, done.stdout + done.stderr
            found: dict[str, Any] = json.loads(done.stdout)
            return found

        (published,) = command("publish", str(notice))["files"]
        address = f"http://127.0.0.1:{port}/comment/{published['notice']}"
        until(lambda: requests.get(address, timeout=10).status_code == 200)
        page = requests.get(address, timeout=10).text
        token = page.partition('name="form" value="')[2].partition('"')[0]
        clock.advance(form().least)
        said = {"form": token, "answer": str(answer(page)), "text": "建议增加托育岗位。"}
        taken = requests.post(address, said, timeout=20)
        assert taken.status_code == 200
        (one,) = command("comments", "list", NUMBER, "--office", "rsj")["comments"]
        assert one["text"] == "建议增加托育岗位。"
        command("comments", "reject", one["comment"], "--reason", "重复", "--office", "rsj")
        receipt = Sent(200, taken.text, {}).receipt
        looked = requests.post(f"http://127.0.0.1:{port}/comment/receipt", {"receipt": receipt}, timeout=20)
        assert "重复" in looked.text
        assert running.process.poll() is None
    assert "建议增加" not in running.errors.read_text()
