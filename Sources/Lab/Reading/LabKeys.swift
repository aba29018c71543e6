/// The keys of a lab file, by the kind of mapping they stand in. The JSON schema names the same kinds and keys.
enum LabKeys {
    static let lab = [
        "name", "description", "orchestrator", "network", "defaults", "groups", "managers", "workers", "machines", "variables",
        "steps",
    ]
    static let settings = ["memory", "cpus", "disk", "driver", "engine", "labels", "availability", "role", "create"]
    static let machine = settings + ["group"]
    static let set = settings.filter { $0 != "role" } + ["group", "count", "names", "first"]
    static let engine = ["labels", "options", "insecureRegistries", "registryMirrors", "env"]
    static let step = [
        "name", "on", "run", "input", "fault", "wait", "checkpoint", "rewind", "suspend", "resume", "expect", "until", "repeat",
        "capture", "onFailure", "timeout",
    ]
    /// What a step does: one of these.
    static let actions = ["run", "fault", "wait", "checkpoint", "rewind", "suspend", "resume"]
    static let fault = ["kill", "stop", "start"]
    static let expect = ["exit", "stdout", "stderr", "output", "table", "http", "distinct"]
    static let text = ["text", "contains", "lacks", "pattern", "lines"]
    static let lines = ["exactly", "atLeast", "atMost", "matching", "each"]
    static let count = ["exactly", "atLeast", "atMost"]
    static let table = ["rows", "columns", "has"]
    static let row = ["where", "cells", "count"]
    static let http = ["url", "status", "contains", "pattern", "timeout"]
    static let distinct = ["pattern", "exactly", "atLeast", "atMost", "rotating"]
    static let until = ["within", "every"]
    static let `repeat` = ["times", "every"]
    static let capture = ["pattern", "table", "whole", "from"]
    static let captureTable = ["where", "column"]

    /// Every kind by its name in the JSON schema's `$defs`; `lab` is the schema's root.
    static let all: [String: [String]] = [
        "lab": lab, "settings": settings, "machine": machine, "set": set, "engine": engine, "step": step, "fault": fault,
        "expect": expect, "text": text, "lines": lines, "count": count, "table": table, "row": row, "http": http,
        "distinct": distinct, "until": until, "repeat": `repeat`, "capture": capture, "captureTable": captureTable,
    ]
}
