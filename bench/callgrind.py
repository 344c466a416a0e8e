"""Parses callgrind's output: instructions by source file and by function."""

import collections
import re

# The paths of sources differ between machines, and versions change: neither must affect a comparison.
PLACES = [
    (re.compile(r"^.*/registry/src/[^/]+/(.+?)-\d[^/]*/"), r"\1/"),
    (re.compile(r"^/rustc/[0-9a-f]+/library/"), "std: "),
    (re.compile(r"^.*/library/(?=(core|alloc|std)/)"), "std: "),
    (re.compile(r"^.*/rust/deps/(.+?)-\d[^/]*/"), r"std: \1/"),
    # This package.
    (re.compile(r"^/.*/(?=src/)"), ""),
]
LONGEST = 150
# Functions include what was inlined into them; parts separate that by its file.
KINDS = ("files", "functions", "parts", "objects")
# The file of what has no line tables.
UNKNOWN = "???"


def short_file(path):
    for pattern, place in PLACES:
        if pattern.match(path):
            return pattern.sub(place, path, count=1)
    return path.rsplit("/", 1)[-1] if path.startswith("/") else path


def short_function(name):
    name = re.sub(r"::h[0-9a-f]{16}\b", "", name)
    name = re.sub(r"'\d+$", "", name)
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


class Profile:
    """Instructions of a process, excluding those of its children."""

    def __init__(self):
        self.total = 0
        self.files = collections.Counter()
        self.functions = collections.Counter()
        self.parts = collections.Counter()
        self.objects = collections.Counter()

    def each(self, count):
        """Divides the cost by the number of requests."""
        result = Profile()
        result.total = self.total / count
        for kind in KINDS:
            costs = {key: cost / count for key, cost in getattr(self, kind).items()}
            setattr(result, kind, collections.Counter(costs))
        return result

    def has_symbols(self):
        """Returns whether the instructions can be assigned to source files."""
        return self.files[UNKNOWN] < self.total / 2


def read(path):
    """Parses a file of callgrind (its manual, "Callgrind Format Specification")."""
    profile = Profile()
    names = {"file": {}, "fn": {}, "ob": {}}
    file = function = object_file = ""
    is_inclusive = False

    def name_of(kind, text):
        match = re.match(r"\((\d+)\)(?: (.*))?$", text)
        if not match:
            return text
        if match[2] is not None:
            names[kind][match[1]] = match[2]
        return names[kind][match[1]]

    with open(path, errors="replace") as lines:
        for line in lines:
            line = line.rstrip("\n")
            key, separator, value = line.partition("=")
            if separator and key in ("fl", "fi", "fe"):
                file = short_file(name_of("file", value))
            elif separator and key == "ob":
                object_file = name_of("ob", value).rsplit("/", 1)[-1]
            elif separator and key == "cob":
                name_of("ob", value)
            elif separator and key in ("cfi", "cfl"):
                name_of("file", value)
            elif separator and key == "fn":
                function = short_function(name_of("fn", value))
            elif separator and key == "cfn":
                name_of("fn", value)
            elif separator and key == "calls":
                is_inclusive = True
            elif line and line[0] in "0123456789+-*":
                cost = int(line.split()[1]) if " " in line else 0
                if not is_inclusive:
                    profile.total += cost
                    profile.files[file] += cost
                    profile.functions[function] += cost
                    profile.parts[f"{function} [{file}]"] += cost
                    profile.objects[object_file] += cost
                is_inclusive = False
    return profile


def growth(now, before, least, floor=0):
    """Lists what costs more than before, largest increase first. Entries missing in `before` cost at most `floor`."""
    changes = ((now.get(key, 0) - before.get(key, floor), key) for key in now.keys() | before.keys())
    return sorted((change for change in changes if change[0] >= least), reverse=True)
