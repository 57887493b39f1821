"""The mean cost of a treatment against its threshold, for a cost ratio and a share of the ill."""

import altair as alt

TITLE = "Try it: the threshold and the mean cost"
# The page asks for the formula of the best threshold, so the chart does not give it.
INSTRUCTION = (
    "Patients get a test value, normal with mean 0 for the healthy and 2 for the ill, and from it"
    " a probability of disease. Treat above the threshold (the circle; the square is argmax,"
    " 50&nbsp;%). A false alarm costs 1, a missed case <i>c</i>. Find the cheapest threshold for"
    " several <i>c</i>. Does it move with the share of the ill?"
)


def mean_cost(t):
    """Return the expression of the mean cost of treating above the probability t."""
    logit = f"log({t} / (1 - ({t}))) - log(share / (100 - share))"
    x = f"({logit}) / 2 + 1"
    missed = f"share / 100 * cumulativeNormal({x} - 2)"
    return f"c * {missed} + (1 - share / 100) * cumulativeNormal(-({x}))"


def slider(name, label, value, highest, step=1):
    """Return the parameter of a slider that starts at value and begins at its step."""
    bind = alt.binding_range(min=step, max=highest, step=step, name=label)
    return alt.param(name, value=value, bind=bind)


def chart():
    """Return the chart; its parameter `reading` says in words what it shows."""
    least, argmax, chosen = (mean_cost(t) for t in ("1 / (1 + c)", "0.5", "percent / 100"))
    reading = (
        "'If a missed case costs ' + (c == 1 ? 'as much as' : c + ' times') + ' a false alarm,"
        f" treating above ' + format(percent, '.1f') + ' % costs ' + format({chosen}, '.4f')"
        f" + ' per patient; argmax, above 50 %, costs ' + format({argmax}, '.4f') + '.'"
    )
    x = alt.X("t:Q", title="treat above this probability").scale(type="log", domain=[1e-3, 1])
    x = x.axis(values=[1e-3, 0.01, 0.1, 1], format="~%")
    # High enough for both points, so low that the minimum shows.
    highest = alt.ExprRef(f"max(1.2 * ({argmax}), 1.2 * ({chosen}), 2 * ({least}))")
    y = alt.Y("cost:Q", title="mean cost per patient").scale(domainMax=highest)
    curve = alt.Chart(alt.sequence(-3, -0.002, 0.01, as_="power"))
    curve = curve.transform_calculate(t="pow(10, datum.power)", cost=mean_cost("datum.t"))
    curve = curve.mark_line(clip=True, color="var(--pst-color-primary)").encode(x=x, y=y)
    rules = alt.Chart(alt.Data(values=[{"rule": "chosen"}, {"rule": "argmax"}]))
    rules = rules.transform_calculate(t="datum.rule == 'argmax' ? 0.5 : percent / 100")
    rules = rules.transform_calculate(cost=mean_cost("datum.t")).encode(x=x)
    shape = alt.Shape("rule:N", legend=None, sort=["chosen", "argmax"])
    # The circle is the larger one: at 50 % the square lies in it.
    size = alt.Size("rule:N", legend=None, sort=["chosen", "argmax"]).scale(range=[400, 80])
    points = rules.mark_point(strokeWidth=2, opacity=1, color="currentColor")
    points = points.encode(y=y, shape=shape.scale(range=["circle", "square"]), size=size)
    return (
        (curve + rules.mark_rule(strokeDash=[4, 4]) + points)
        .add_params(
            slider("percent", "threshold, in %", 50, 99.5, 0.5),
            slider("c", "cost ratio c", 9, 199),
            slider("share", "share ill, in %", 2, 50),
            alt.param("reading", expr=reading),
        )
        .properties(
            height=250,
            description="Mean cost against the threshold: a curve with one minimum. The circle is"
            " at the threshold that the first slider sets, the square at argmax, 50 %.",
        )
    )
