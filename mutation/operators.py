"""What a mutant is: cosmic-ray's operators, and three of the same form that it lacks.

Left out are the operators that need names chosen by hand, and those that put a
bit operator or `is` in the place of arithmetic or a comparison: on floats they
only raise an error, and would be counted as caught for nothing.
"""

import ast
import re

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.operators.provider import OperatorProvider
from parso.python import tree

LEFT_OUT = re.compile(r"Variable|.*_(RShift|LShift|BitOr|BitAnd|BitXor|Is|IsNot|Invert)$")


class DropKeyword(Operator):
    """Drops a keyword argument of a call, so that its default holds."""

    @staticmethod
    def keywords(node):
        """Return the keyword arguments among the children of a node."""
        if node.type not in ("arglist", "trailer"):
            return []
        arguments = [child for child in node.children if child.type == "argument"]
        return [argument for argument in arguments if argument.children[1] == "="]

    def mutation_positions(self, node):
        """Yield the place of each keyword argument, if node is a list of them."""
        for keyword in self.keywords(node):
            yield keyword.start_pos, keyword.end_pos

    def mutate(self, node, index):
        """Remove the argument, and the comma after it or else before it."""
        place = node.children.index(self.keywords(node)[index])
        if node.children[place + 1 : place + 2] == [","]:
            del node.children[place : place + 2]
        else:
            del node.children[place - (node.children[place - 1] == ",") : place + 1]
        return node

    @classmethod
    def examples(cls):
        """Return what the operator should do."""
        return (
            Example("f(k=1)\n", "f()\n"),
            Example("f(a, k=1, m=2)\n", "f(a, m=2)\n"),
            Example("f(a, k=1, m=2)\n", "f(a, k=1)\n", occurrence=1),
        )


class DropStatement(Operator):
    """Puts `pass` in the place of a statement, except imports, docstrings and definitions."""

    def mutation_positions(self, node):
        """Yield the place of the statement, if node is one."""
        if node.type == "simple_stmt":
            statement = node.children[0]
            if statement.type not in ("import_name", "import_from", "string", "keyword"):
                yield statement.start_pos, statement.end_pos

    def mutate(self, node, index):
        """Replace the statement."""
        old = node.children[0]
        node.children[0] = tree.Keyword("pass", old.start_pos, old.get_first_leaf().prefix)
        return node

    @classmethod
    def examples(cls):
        """Return what the operator should do."""
        return (
            Example("x = 1\ny = 2\n", "pass\ny = 2\n"),
            Example("if a:\n    return b\n", "if a:\n    pass\n"),
            Example('import a\n"""text"""\nf(a)\n', 'import a\n"""text"""\npass\n'),
        )


class ReplaceAugmentedAssignment(Operator):
    """Turns the sign of an augmented assignment, as mutmut does."""

    OTHER = {"+=": "-=", "-=": "+=", "*=": "/=", "/=": "*="}

    def mutation_positions(self, node):
        """Yield the place of the operator, if node is one."""
        if node.type == "operator" and node.value in self.OTHER:
            yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        """Replace the operator."""
        node.value = self.OTHER[node.value]
        return node

    @classmethod
    def examples(cls):
        """Return what the operator should do."""
        return Example("x += 1\n", "x -= 1\n"), Example("x /= 2\n", "x *= 2\n")


PROVIDER = OperatorProvider()
OWN = DropKeyword, DropStatement, ReplaceAugmentedAssignment
OPERATORS = {name: PROVIDER[name]() for name in PROVIDER if not LEFT_OUT.match(name)}
OPERATORS |= {operator.__name__: operator() for operator in OWN}


def places(source):
    """Return where a cell can be mutated: position -> list of (operator's name, occurrence)."""
    nodes, found = list(ast_nodes(get_ast(source + "\n"))), {}
    for name, operator in OPERATORS.items():
        positions = [p for node in nodes for p in operator.mutation_positions(node)]
        for occurrence, position in enumerate(positions):
            found.setdefault(position, []).append((name, occurrence))
    return found


def mutate(source, name, occurrence):
    """Return the mutated source; None where it is no Python or the same program."""
    mutated = mutate_code(source + "\n", OPERATORS[name], occurrence).removesuffix("\n")
    try:
        same = ast.dump(ast.parse(mutated)) == ast.dump(ast.parse(source))
    except SyntaxError:
        return None
    return None if same else mutated
