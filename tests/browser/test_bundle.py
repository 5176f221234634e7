"""Joined modules in a real browser."""

from battycoda_nb.widgets import bundle


def test_modules_may_use_one_name_and_lie_in_folders(page, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "PACKAGE", tmp_path)
    files = {
        "a/twin.js": 'import { name as other } from "../b/twin.js";\nexport const name = "a" + other;\n',
        "b/twin.js": 'const hidden = "b";\nexport const name = hidden;\n',
        "b/facts.json": '{"answer": 42}',
        "view.js": """import FACTS from "./b/facts.json" with { type: "json" };
import { name } from "./a/twin.js";
import {
  name as below,
} from "./b/twin.js";
const hidden = () => FACTS.answer;
export async function later() {}
export class Some {}
export default () => [name, below, hidden(), typeof later, typeof Some];
""",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    load = (
        "async (text) => (await import(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })))).default()"
    )
    assert page.evaluate(load, bundle.load_front_end("view.js")) == ["ab", "b", 42, "function", "function"]
