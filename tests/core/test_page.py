"""Pages of HTML."""

import matplotlib.pyplot as plt

from mtjphys.core import page


def test_a_page_holds_what_it_shows() -> None:
    figure = plt.figure(figsize=(2, 1))
    parts = [page.section("a < b", "text"), page.picture(figure, "p"), page.table(("x",), [("1 +- 2",)])]
    plt.close(figure)
    text = page.page("title", "heading", parts, "seed 1")
    assert "a &lt; b" in text
    assert "data:image/png;base64," in text
    assert "width='192'" in text
    assert "1 ± 2" in text
    assert text.endswith("seed 1</footer></html>")
