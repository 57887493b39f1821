"""Logits and a temperature give probabilities: three bars that follow four sliders."""

import math

import altair as alt

TITLE = "Try it: logits, temperature and probabilities"
INSTRUCTION = (
    "Move a slider by touch, with the mouse or with the arrow keys. The bars are the softmax"
    " of the logits divided by T. The upright ticks stay at T = 1. The logits start at"
    " 0, log 2 and log 5, the probabilities at 1/8, 2/8 and 5/8."
)
LOGITS = {"first": 0, "second": round(math.log(2), 4), "third": round(math.log(5), 4)}


def slider(name, label, value, lowest, step):
    """Return the parameter of a slider that ends at 5."""
    bind = alt.binding_range(min=lowest, max=5, step=step, name=label)
    return alt.param(name, value=value, bind=bind)


def chart():
    """Return the chart; its parameter `reading` says in words what it shows."""
    sliders = [slider("T", "temperature T", 1, 0.1, 0.1)]
    sliders += [slider(name, f"{name} logit", value, -5, 0.01) for name, value in LOGITS.items()]
    total = {T: "+".join(f"exp({name} / {T})" for name in LOGITS) for T in ("T", "1")}
    p = {T: [f"exp({name} / {T}) / ({total[T]})" for name in LOGITS] for T in total}
    shown = [f"format({each}, '.4f')" for each in p["T"]]
    entropy = "-".join(["0", *(f"({each}) * log({each})" for each in p["T"])])
    reading = (
        f"'At T = ' + format(T, '.1f') + ' the probabilities are ' + {shown[0]} + ', '"
        f" + {shown[1]} + ' and ' + {shown[2]}"
        f" + '; the entropy is ' + format({entropy}, '.4f') + ' nats.'"
    )
    rows = [{"row": row, "logit": f"{name} logit"} for row, name in enumerate(LOGITS)]
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("logit:N", title=None))
    base = base.transform_calculate(
        probability=f"[{','.join(p['T'])}][datum.row]", at_one=f"[{','.join(p['1'])}][datum.row]"
    )
    x = alt.X("probability:Q", title="probability").scale(domain=[0, 1])
    x = x.axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1], format=".1f")
    blue = "var(--pst-color-primary)"
    bars = base.mark_bar(size=22, color=blue, fillOpacity=0.4, stroke=blue).encode(x=x)
    ticks = base.mark_tick(size=38, thickness=3, opacity=1, color="currentColor")
    ticks = ticks.encode(x=alt.X("at_one:Q", title="probability"))
    return (
        (bars + ticks)
        .add_params(*sliders, alt.param("reading", expr=reading))
        .properties(
            height=150,
            description="A bar for each of three probabilities. A low temperature gives nearly"
            " all to the largest logit, a high one makes them nearly equal; their order stays.",
        )
    )
