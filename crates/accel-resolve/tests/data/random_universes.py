# Random universes with the model's answers, a JSON case a line. Runs behind model.py, whose
# names it uses; reads "seed count" from standard input.
import json, random

seed, count = (int(word) for word in sys.stdin.read().split())
LIMIT = 3000


def specifier(rng, versions):
    one, two = sorted(rng.choice(versions) for _ in range(2))
    forms = ["", f">={one}", f"<={two}", f"!={one}", f">={one},<={two}", f"<{two}", f">{one}",
             f"=={two}", f"=={one.split('.')[0]}.*", f"~={one}", f"==={one}"]
    return rng.choices(forms, weights=[9, 4, 6, 2, 3, 2, 1, 2, 1, 1, 0.3])[0]


def requirement(rng, versions, extras):
    if rng.random() < 0.005:
        return "absent"
    name = rng.choice(list(versions))
    asked = ""
    if rng.random() < 0.2:
        asked = "[" + ",".join(sorted(rng.sample(extras, rng.randint(1, 2)))) + "]"
    return name + asked + specifier(rng, versions[name])


def case(rng, number):
    names = [f"p{letter}" for letter in "abcdefghijklmnopqrst"[: rng.randint(4, 20)]]
    finals = ["1.0", "1.1", "1.2", "2.0", "2.1", "3.0", "3.1", "4.0", "5.0"]
    others = ["1.2a1", "2.0rc1", "3.1.dev1", "4.0b2"]
    extras = ["x", "y", "z"]
    versions = {}
    for name in names:
        some = rng.sample(finals, rng.randint(1, 8))
        some += [version for version in others if rng.random() < 0.15]
        versions[name] = rng.sample(some, len(some))
    universe = {}
    for name in names:
        universe[name] = {}
        for version in versions[name]:
            requires = [requirement(rng, versions, extras) for _ in range(rng.randint(0, 3))]
            requires += [requirement(rng, versions, extras) + f' ; extra == "{extra}"'
                         for extra in extras if rng.random() < 0.25]
            data = {"requires": requires}
            if rng.random() < 0.8:
                data["extras"] = rng.sample(extras, rng.randint(1, 3))
            if rng.random() < 0.06:
                data["yanked"] = "broken"
            if rng.random() < 0.08:
                data["rp"] = rng.choice([">=3.12", "<3.11", ">=3.8", "!=3.11.*"])
                data["rp_hidden"] = rng.random() < 0.5
            universe[name][version] = data
    roots = [requirement(rng, versions, extras) for _ in range(rng.randint(1, 5))]
    constraints = []
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        name = rng.choice(names)
        constraints.append(name + specifier(rng, versions[name]))
    return {"id": f"random-{number}", "universe": universe, "requirements": roots,
            "constraints": constraints, "args": ["--pre"] if rng.random() < 0.1 else []}


rng = random.Random(seed)
for number in range(count):
    made = case(rng, number)
    answer = resolve(made, limit=LIMIT)
    stats = answer["stats"]
    made["crashes"] = bool(stats.get("recursion"))
    made["model"] = {key: value for key, value in answer.items() if key != "stats"}
    print(json.dumps(made))
