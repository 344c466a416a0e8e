"""Finds what a PromQL expression refers to, with the parser of the promql-parser package."""

import dataclasses

import promql_parser as parser


@dataclasses.dataclass
class Selector:
    """A vector selector: the metrics that it may match, and its matchers as (label, operator, value)."""

    names: tuple[str, ...]
    matchers: list[tuple[str, str, str]]


@dataclasses.dataclass
class Usage:
    """The selectors of an expression, and the labels that it aggregates, joins or groups by."""

    selectors: list[Selector] = dataclasses.field(default_factory=list)
    labels: set[str] = dataclasses.field(default_factory=set)
    functions: list[str] = dataclasses.field(default_factory=list)

    @property
    def names(self):
        return {name for selector in self.selectors for name in selector.names}


OPERATORS = [
    (parser.MatchOp.Equal, "="),
    (parser.MatchOp.NotEqual, "!="),
    (parser.MatchOp.Re, "=~"),
    (parser.MatchOp.NotRe, "!~"),
]


def usage(expression):
    """Parses an expression and returns its usage. Raises ValueError for invalid PromQL."""
    found = Usage()
    visit(parser.parse(expression), found)
    return found


def visit(node, found):
    match node:
        case parser.VectorSelector():
            found.selectors.append(selector(node))
        case parser.MatrixSelector():
            found.selectors.append(selector(node.vector_selector))
        case parser.AggregateExpr():
            if node.modifier:
                found.labels.update(node.modifier.labels)
            visit(node.expr, found)
            if node.param:
                visit(node.param, found)
        case parser.BinaryExpr():
            if node.modifier:
                matching = node.modifier.matching
                found.labels.update(matching.labels if matching else [])
                found.labels.update(node.modifier.group_labels or [])
            visit(node.lhs, found)
            visit(node.rhs, found)
        case parser.Call():
            found.functions.append(node.func.name)
            for argument in node.args:
                visit(argument, found)
        case parser.ParenExpr() | parser.UnaryExpr() | parser.SubqueryExpr():
            visit(node.expr, found)
        case parser.NumberLiteral() | parser.StringLiteral():
            pass
        case _:
            raise ValueError(f"an expression of an unknown kind: {type(node).__name__}")


def selector(node):
    matchers = [(matcher.name, operator(matcher), matcher.value) for matcher in node.matchers.matchers]
    names = [node.name] if node.name else []
    for label, _, value in matchers:
        if label == "__name__":
            names += value.split("|")
    return Selector(tuple(names), [matcher for matcher in matchers if matcher[0] != "__name__"])


def operator(matcher):
    return next(text for kind, text in OPERATORS if matcher.op == kind)
