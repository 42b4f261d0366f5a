"""The picture of a comparison: CPU per durable event and requests per second, side by side."""

from __future__ import annotations

from bench.rig import RESULTS

BLUE, GREY = "#2457a6", "#9aa3ad"
PANELS = (
    ("cpu_us", "CPU per request, us, log scale (less is better)"),
    ("per_second", "requests/s (more is better)"),
)


def draw(servers: dict[str, dict[str, float]]) -> None:
    """Write bench/results/compare.png; says so where there is no matplotlib."""
    try:
        import matplotlib
    except ImportError:
        print("no plot: `make bench` installs matplotlib")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(reversed(servers))
    colours = [BLUE if name.startswith("Pastense") else GREY for name in names]
    figure, panels = pyplot.subplots(1, 2, figsize=(11, 0.6 + 0.55 * len(names)), sharey=True)
    for panel, (key, title) in zip(panels, PANELS, strict=True):
        values = [servers[name][key] for name in names]
        bars = panel.barh(names, values, color=colours)
        panel.bar_label(bars, labels=[f"{value:,.0f}" for value in values], padding=3)
        panel.set_title(title, fontsize=10)
        if key == "cpu_us":
            panel.set_xscale("log")
            panel.set_xlim(min(values) / 2, max(values) * 3)
        else:
            panel.set_xlim(0, max(values) * 1.18)
        panel.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(RESULTS / "compare.png", dpi=120)
    print("written: bench/results/compare.png")
