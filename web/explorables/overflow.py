"""Softmax of the logits a and a - 1 in four floating-point types, naive and shifted."""

import altair as alt

TITLE = "Try it: overflow by type"
INSTRUCTION = (
    "Type a logit <i>a</i>. The table shows the probability of <i>a</i>, of the two logits"
    " <i>a</i> and <i>a</i> − 1, from the plain formula (naive) and with the largest logit"
    " subtracted first (shifted). The right answer is 0.7311 for every <i>a</i>; ✗ marks what"
    " is off by more than 0.01."
)
# Bits of precision, exponent of the smallest positive number, largest number.
TYPES = [
    {"type": "float16", "bits": 11, "least": -24, "most": 65504},
    {"type": "bfloat16", "bits": 8, "least": -133, "most": (2 - 2**-7) * 2.0**127},
    {"type": "float32", "bits": 24, "least": -149, "most": (2 - 2**-23) * 2.0**127},
    {"type": "float64", "bits": 53, "least": -1074, "most": (2 - 2**-52) * 2.0**1023},
]
# Whether the input holds a number: the browser gives '' for anything else.
TYPED = "logit !== '' && isFinite(toNumber(logit))"
# What is computed, in this order. Each result is rounded to the type of the row.
STEPS = {
    "a": f"{TYPED} ? toNumber(logit) : NaN",
    "b": "datum.a - 1",
    "exp_a": "exp(datum.a)",
    "exp_b": "exp(datum.b)",
    "total": "datum.exp_a + datum.exp_b",
    "naive": "datum.exp_a / datum.total",
    "difference": "datum.b - datum.a",
    "exp_difference": "exp(datum.difference)",
    "shifted_total": "1 + datum.exp_difference",
    "shifted": "1 / datum.shifted_total",
}


# Rounds what stands before it to a whole number, ties to even: 1.5 * 2^52, whose
# last bit counts ones.
WHOLE = "+ 6755399441055744 - 6755399441055744"


def rounded(chart, name, exact):
    """Add to chart the column name: the expression exact, rounded to the row's type.

    The browser computes in float64. The unit is that of the last place in the type.
    """
    exponent = "floor(log(abs(datum.exact)) / LN2) - datum.bits + 1"
    kept = "datum.bits == 53 || datum.exact == 0 || !isFinite(datum.exact)"
    nearest = f"(datum.exact / datum.unit {WHOLE}) * datum.unit"
    chart = chart.transform_calculate(exact=exact)
    chart = chart.transform_calculate(unit=f"pow(2, max({exponent}, datum.least))")
    chart = chart.transform_calculate(near=f"{kept} ? datum.exact : {nearest}")
    in_range = "abs(datum.near) > datum.most ? datum.near / 0 : datum.near"
    return chart.transform_calculate(**{name: in_range})


def written(column, digits, style):
    """Return the expression that writes a column with so many digits, as Python does.

    The browser rounds ties away from zero, Python to even.
    """
    x = f"datum.{column}"
    scale = f"pow(10, {digits - 1} - floor(log(abs({x})) / LN10))"
    even = f"abs({x}) > 1e-9 && abs({x}) < 1e9 ? ({x} * {scale} {WHOLE}) / {scale} : {x}"
    finite = f"isFinite({x}) ? format({even}, '{style}')"
    return f"({finite} : isNaN({x}) ? 'nan' : {x} > 0 ? 'inf' : '-inf')"


def chart():
    """Return the chart, a table of text; its parameter `reading` sums it up."""
    logit = alt.param("logit", value=50, bind=alt.binding(input="number", name="logit a"))
    table = alt.Chart(alt.Data(values=TYPES))
    for name, exact in STEPS.items():
        table = rounded(table, name, exact)
    columns = {"a stored": written("a", 6, ".6~g"), "exp(a)": written("exp_a", 3, ".2e")}
    for name in ("naive", "shifted"):
        right = f"abs(datum.{name} - 1 / (1 + exp(-1))) < 0.01"
        table = table.transform_calculate(**{f"{name}_right": f"{right} ? 1 : 0"})
        columns[name] = f"{written(name, 4, '.4f')} + (datum.{name}_right ? '' : ' ✗')"
    for name, text in columns.items():
        table = table.transform_calculate(**{name: f"{TYPED} ? {text} : '–'"})
    table = table.transform_joinaggregate(
        naive_count="sum(naive_right)", shifted_count="sum(shifted_right)"
    ).transform_fold([*columns], as_=["column", "text"])
    reading = (
        f"{TYPED} ? 'The naive softmax is right in ' + data('data_0')[0].naive_count"
        " + ' of 4 types, the shifted one in ' + data('data_0')[0].shifted_count + '.'"
        " : 'Type a number.'"
    )
    return (
        table.mark_text()
        .encode(
            x=alt.X(
                "column:N", sort=[*columns], title=None, axis=alt.Axis(orient="top", labelAngle=0)
            ),
            y=alt.Y("type:N", sort=None, title=None),
            text="text:N",
            description=alt.Description("label:N"),
        )
        .transform_calculate(label="datum.type + ', ' + datum.column + ': ' + datum.text")
        .add_params(logit, alt.param("reading", expr=reading))
        .properties(
            height=150,
            description="A table of four types. Above a limit of each type the naive softmax"
            " gives nan, far below zero too. The shifted softmax is right wherever the type can"
            " tell a from a − 1.",
        )
    )
