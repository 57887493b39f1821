"""The decision threshold by cost ratio: the curve of the mean cost and its minimum."""

import altair as alt

TITLE = "Try it: the threshold and the cost ratio"
INSTRUCTION = (
    "Move a slider with the mouse or the arrow keys: c, what a missed case costs if a false"
    " alarm costs 1, and the share of the ill. The circle marks the threshold 1/(1 + c), the"
    " square argmax."
)


def mean_cost(t):
    """Return the expression of the mean cost of treating above the probability t."""
    logit = f"log({t} / (1 - ({t}))) - log(share / (100 - share))"
    x = f"({logit}) / 2 + 1"
    missed = f"share / 100 * cumulativeNormal({x} - 2)"
    return f"c * {missed} + (1 - share / 100) * cumulativeNormal(-({x}))"


def chart():
    """Return the chart; its parameter `reading` says in words what it shows."""
    cost = alt.binding_range(min=1, max=200, step=1, name="cost ratio c")
    share = alt.binding_range(min=1, max=50, step=1, name="share of the ill, in %")
    reading = (
        "'A missed case costs ' + c + ' times a false alarm: treat above '"
        " + format(1 / (1 + c), '.4f') + '. That costs ' + format(" + mean_cost("1 / (1 + c)")
        + ", '.3f') + ' per patient; argmax, above 0.5, costs ' + format("
        + mean_cost("0.5") + ", '.3f') + '.'"
    )
    x = alt.X("t:Q", title="treat above this probability").scale(type="log", domain=[1e-4, 1])
    x = x.axis(values=[1e-4, 1e-3, 0.01, 0.1, 1], format="~g")
    y = alt.Y("cost:Q", title="mean cost per patient")
    curve = alt.Chart(alt.sequence(-4, -0.005, 0.02, as_="power")).transform_calculate(
        t="pow(10, datum.power)", cost=mean_cost("datum.t")
    ).mark_line(color="var(--pst-color-primary)").encode(x=x, y=y)
    rules = alt.Chart(alt.Data(values=[{"name": "1/(1 + c)"}, {"name": "argmax"}])).transform_calculate(
        t="datum.name == 'argmax' ? 0.5 : 1 / (1 + c)", cost=mean_cost("datum.t")
    ).encode(x=x)
    shape = alt.Shape("name:N", legend=None)
    lines = rules.mark_rule(strokeDash=[4, 4])
    points = rules.mark_point(filled=True, opacity=1, size=120, color="currentColor").encode(y=y, shape=shape)
    names = rules.mark_text(align="right", dx=-6).encode(text="name:N", y=alt.Y("name:N"))
    return (curve + lines + points).add_params(
        alt.param("c", value=100, bind=cost),
        alt.param("share", value=2, bind=share),
        alt.param("reading", expr=reading),
    ).properties(
        height=250,
        description="Mean cost against the threshold. The minimum is at 1/(1 + c), whatever"
        " the share of the ill; argmax, at 0.5, is cheapest only if c is 1.",
    )
