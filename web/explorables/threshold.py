"""The decision threshold by cost ratio: the curve of the mean cost and its minimum."""

import altair as alt

TITLE = "Try it: the threshold and the cost ratio"
INSTRUCTION = (
    "Move a slider with the mouse or the arrow keys: <i>c</i>, what a missed case costs if a"
    " false alarm costs 1, and the share of the ill. The circle marks the threshold"
    " 1/(1 + <i>c</i>), the square argmax."
)


def mean_cost(t):
    """Return the expression of the mean cost of treating above the probability t."""
    logit = f"log({t} / (1 - ({t}))) - log(share / (100 - share))"
    x = f"({logit}) / 2 + 1"
    missed = f"share / 100 * cumulativeNormal({x} - 2)"
    return f"c * {missed} + (1 - share / 100) * cumulativeNormal(-({x}))"


def slider(name, label, value, highest):
    """Return the parameter of a slider in steps of 1."""
    bind = alt.binding_range(min=1, max=highest, step=1, name=label)
    return alt.param(name, value=value, bind=bind)


def chart():
    """Return the chart; its parameter `reading` says in words what it shows."""
    least, argmax = (mean_cost(t) for t in ("1 / (1 + c)", "0.5"))
    reading = (
        "'A missed case costs ' + (c == 1 ? 'as much as' : c + ' times') + ' a false alarm: treat'"
        f" + ' above ' + format(1 / (1 + c), '.4f') + '. That costs ' + format({least}, '.3f')"
        f" + ' per patient; argmax, above 0.5, costs ' + format({argmax}, '.3f') + '.'"
    )
    x = alt.X("t:Q", title="treat above this probability").scale(type="log", domain=[1e-4, 1])
    x = x.axis(values=[1e-4, 1e-3, 0.01, 0.1, 1], format="~g")
    # High enough for both points, so low that the minimum shows.
    highest = alt.ExprRef(f"max(1.2 * ({argmax}), 2 * ({least}))")
    y = alt.Y("cost:Q", title="mean cost per patient").scale(domainMax=highest)
    curve = alt.Chart(alt.sequence(-4, -0.005, 0.02, as_="power"))
    curve = curve.transform_calculate(t="pow(10, datum.power)", cost=mean_cost("datum.t"))
    curve = curve.mark_line(clip=True, color="var(--pst-color-primary)").encode(x=x, y=y)
    rules = alt.Chart(alt.Data(values=[{"rule": "1/(1 + c)"}, {"rule": "argmax"}]))
    rules = rules.transform_calculate(t="datum.rule == 'argmax' ? 0.5 : 1 / (1 + c)")
    rules = rules.transform_calculate(cost=mean_cost("datum.t")).encode(x=x)
    shape = alt.Shape("rule:N", legend=None).scale(range=["circle", "square"])
    # The circle is the larger one: at c = 1 the square lies in it.
    size = alt.Size("rule:N", legend=None).scale(range=[400, 80])
    points = rules.mark_point(strokeWidth=2, opacity=1, color="currentColor")
    return (
        (curve + rules.mark_rule(strokeDash=[4, 4]) + points.encode(y=y, shape=shape, size=size))
        .add_params(
            slider("c", "cost ratio c", 100, 200),
            slider("share", "share ill, in %", 2, 50),
            alt.param("reading", expr=reading),
        )
        .properties(
            height=250,
            description="Mean cost against the threshold. The minimum is at 1/(1 + c), whatever"
            " the share of the ill; argmax, at 0.5, is cheapest only if c is 1.",
        )
    )
