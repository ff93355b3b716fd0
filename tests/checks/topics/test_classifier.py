"""What the classifier says of messages, what it costs, and that it is loaded only when it is needed."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reviewqueue.checks.topics import TOPICS, classifier
from reviewqueue.core.settings import ROOT
from reviewqueue.evidence.text.words.sentences import sentences

# Written for this test: in no file of training/topics/data.
SPEAKS = [
    ("go-live-date", "Regrettably the launch we had planned for 12 June has to move to the end of July."),
    ("go-live-date", "Der Produktivstart verschiebt sich leider um drei Wochen."),
    ("scope", "The supplier portal is no longer part of this project; we will deliver it in a later phase."),
    ("scope", "L'interface avec la comptabilité ne fera finalement pas partie de la livraison."),
    ("escalation", "Because of the repeated outages I have asked our chief executive to call your managing director."),
    ("commercial", "To make up for it we will give you a discount of fifteen percent on the first year."),
    ("renewal", "You can terminate the contract at the end of the year and get the remaining fee back."),
    ("renewal", "Wir bestätigen die Kündigung Ihres Vertrags und erstatten den Restbetrag."),
    ("blame", "We could not start because your team did not send us the data in time."),
]
HARMLESS = [
    "Please find attached the agenda for Thursday's workshop.",
    "Your login has been created; the link is valid for a day.",
    "Could you send us the names of the participants by Wednesday?",
    "Im Anhang finden Sie das Protokoll der gestrigen Sitzung.",
    "Merci pour la réunion de ce matin, à jeudi !",
    "La grabación de la sesión está en la carpeta compartida.",
]
MAIL = (
    "Hi Ana,\n\nthank you for the good session on Tuesday. The import of your customers is done, and all 4,210 records are in. "
    "Two of them had no country, which Paula has added since. The training of the second group is on Thursday at ten. "
    "Everybody gets the link in the invitation. Please bring one example of a difficult order. "
    "We will go through the approval steps together. The recording of the first session is in the shared folder. "
    "Let me know if the room has a screen. Until Thursday, and have a good week.\n\nBest regards\nTom"
)  # fmt: skip


@pytest.mark.parametrize(("topic", "text"), SPEAKS)
def test_a_sentence_that_speaks_of_a_topic_is_marked(topic: str, text: str) -> None:
    found = classifier.classify(f"Hello,\n\nthank you for the call. {text} The notes are attached.\n\nBest\nTom")
    assert text in {one.passage for one in found if one.topic == topic}
    assert {one.passage for one in found if one.verdict == "speaks"} <= {text}


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_sentence_is_not(text: str) -> None:
    assert [one for one in classifier.classify(text) if one.verdict == "speaks"] == []


def test_what_is_said_has_the_shape_that_was_agreed() -> None:
    text = "\n\n".join(one for _, one in SPEAKS)
    found = classifier.classify(text)
    assert {one.passage for one in found} <= set(sentences(text))
    assert len({(one.topic, one.passage) for one in found}) == len(found)
    assert {one.topic for one in found} <= TOPICS.keys()
    assert {one.verdict for one in found} <= {"speaks", "unsure"}
    assert all(0 < one.score < 1 for one in found)
    assert classifier.classify(text) == found


def test_the_digest_names_the_file_and_the_data_it_was_trained_on() -> None:
    content = (classifier.FOLDER / "topics.bin").read_bytes()
    assert hashlib.sha256(content).hexdigest() == classifier.VERSION
    assert classifier.MISSED.keys() == TOPICS.keys()
    assert all(0 <= share <= 0.3 for share in classifier.MISSED.values())


def test_the_weights_were_trained_on_the_data_in_the_repository() -> None:
    """The digest of `training/topics/data.py:digest`, taken here without what training needs."""
    from reviewqueue.checks.topics.encoder import read

    folder = ROOT / "training" / "topics"
    whole = hashlib.sha256()
    for path in sorted([*(folder / "data").glob("*.jsonl"), *(folder / "glossaries").glob("*.txt")]):
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    header, _ = read((classifier.FOLDER / "topics.bin").read_bytes())
    assert header["trained_on"] == whole.hexdigest()


def test_other_weights_than_those_named_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    content = (classifier.FOLDER / "topics.bin").read_bytes()
    (tmp_path / "topics.bin").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    monkeypatch.setattr(classifier, "FOLDER", tmp_path)
    with pytest.raises(RuntimeError, match="install the package again"):
        classifier.load.__wrapped__()


def test_nothing_is_loaded_until_a_text_is_classified() -> None:
    """Importing takes neither NumPy nor the weights; the first text takes both, and at most 150 MB more."""
    program = (
        "import sys, json; from reviewqueue.checks.topics import classifier\n"
        "def used():\n"
        "    told = dict(line.split(':', 1) for line in open('/proc/self/status') if ':' in line)\n"
        "    return int(told['VmHWM'].split()[0]) / 1024\n"
        "before = used(), 'numpy' in sys.modules, classifier.load.cache_info().currsize\n"
        "classifier.classify(sys.stdin.read())\n"
        "print(json.dumps([*before, used()]))"
    )
    said = subprocess.run([sys.executable, "-c", program], input=MAIL, capture_output=True, text=True, check=True)
    before, numpy, loaded, after = json.loads(said.stdout)
    assert (numpy, loaded) == (False, 0)
    assert after - before <= 150


def test_each_word_of_a_mail_goes_through_the_network_once() -> None:
    """What a mail costs is the word pieces that the network reads: those of its sentences, and one between two. The
    seconds are a figure of docs/topics.md."""
    model = classifier.load()
    parts = [model.tokenizer.pieces(one, "en") for one in sentences(MAIL) if one.strip()]
    (window,) = classifier.windows(parts, model.tokenizer)
    assert len(window.ids) == 1 + sum(len(part) + 1 for part in parts) <= classifier.WINDOW


def test_a_passage_longer_than_a_window_is_read_to_its_end() -> None:
    """A list without a full stop, 790 signs: what stands at its end is seen like what stands at its beginning."""
    topic, sentence = SPEAKS[0]
    filler = "the import, the roles, the templates, the filters, the calendar, the labels, " * 9
    found = classifier.classify(f"{filler[:690]} {sentence}")
    assert topic in {one.topic for one in found}


def test_work_is_bounded_and_what_is_beyond_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "MOST_SENTENCES", 4)
    text = "Thanks for today. " * 4 + SPEAKS[0][1]
    assert classifier.unread(text) == 1
    assert [one for one in classifier.classify(text) if one.topic == SPEAKS[0][0]] == []
    assert classifier.unread("Thanks for today. " * 4) == 0


@pytest.mark.parametrize("text", ["", " \n\n ", "\ufffd", "\u200b\u200b", "a" * 5000, "!" * 900, "🙂" * 500, "日本語"])
def test_any_text_is_answered(text: str) -> None:
    for one in classifier.classify(text):
        assert re.search(r"\S", one.passage)


def test_this_tests_sentences_are_not_trained_on() -> None:
    held = {one for _, one in SPEAKS} | set(HARMLESS) | {MAIL}
    for path in (ROOT / "training" / "topics" / "data").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert json.loads(line)["text"] not in held
