/// A lab as an SVG picture: managers in a row, workers below, the tasks in their machines, the services listed beneath.
public struct SVGGraph {
    private let model: GraphModel

    public init(_ snapshot: LabSnapshot) { model = GraphModel(snapshot) }

    // Measures in pixels.
    private static let margin = 32
    private static let cardWidth = 232
    private static let gap = 28
    /// Room between two rows, for the lines.
    private static let rowGap = 56
    private static let perRow = 5
    private static let chipHeight = 24
    private static let headHeight = 64

    /// Colours of services, told apart also by people who see fewer of them (after Okabe and Ito).
    private static let palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9", "#7F5FC4", "#6B7280"]

    private static let blue = "#1D4ED8"
    private static let line = "#94A3B8"

    public var document: String {
        let rows = [model.managers, model.workers, model.others].filter { !$0.isEmpty }
        let columns = min(Self.perRow, max(3, rows.map(\.count).max() ?? 0))
        let width = 2 * Self.margin + columns * Self.cardWidth + (columns - 1) * Self.gap
        var body = ""
        var y = 96
        var spans: [(role: GraphModel.Role, top: Int, bottom: Int, centres: [Int])] = []
        for row in rows {
            let (drawn, bottom, centres) = Self.row(row, y: y, width: width)
            body += drawn
            spans.append((row[0].role, y, bottom, centres))
            y = bottom + Self.rowGap
        }
        y -= Self.rowGap
        body = lines(spans, width) + body
        if !model.services.isEmpty {
            y += 32
            body += legend(y: y, width: width)
            y += 30 + model.services.count * 26
        }
        return Self.frame(body, width: width, height: y + Self.margin, title: model.title, subtitle: model.subtitle)
    }

    private static func frame(_ body: String, width: Int, height: Int, title: String, subtitle: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
        font-family="Inter, 'DejaVu Sans', Helvetica, Arial, sans-serif">
        <title>\(escaped(title))</title>
        <rect width="\(width)" height="\(height)" fill="#F6F8FB"/>
        <text x="\(margin)" y="46" font-size="22" font-weight="bold" fill="#0F172A">\(escaped(title))</text>
        <text x="\(margin)" y="70" font-size="13" fill="#64748B">\(escaped(cut(subtitle, to: width - 2 * margin, size: 13)))</text>
        \(body)</svg>

        """
    }

    // MARK: Machines

    /// Cards in as many lines as it takes, each line centred.
    private static func row(_ boxes: [GraphModel.Box], y: Int, width: Int) -> (String, bottom: Int, centres: [Int]) {
        var text = ""
        var y = y
        var centres: [Int] = []
        for start in stride(from: 0, to: boxes.count, by: perRow) {
            let line = boxes[start..<min(start + perRow, boxes.count)]
            let height = line.map(self.height).max() ?? 0
            var x = (width - line.count * cardWidth - (line.count - 1) * gap) / 2
            for box in line {
                text += card(box, x: x, y: y, height: height)
                if start == 0 { centres.append(x + cardWidth / 2) }
                x += cardWidth + gap
            }
            y += height + gap
        }
        return (text, y - gap, centres)
    }

    private static func height(_ box: GraphModel.Box) -> Int {
        let chips = (box.tasks.count + 1) / 2
        let labels = box.labels.isEmpty ? 0 : 20
        return headHeight + labels + (chips == 0 ? 8 : chips * (chipHeight + 6) + 12)
    }

    private static func card(_ box: GraphModel.Box, x: Int, y: Int, height: Int) -> String {
        let colour =
            switch box.role {
            case .manager: blue
            case .worker: "#0F766E"
            case .none: "#64748B"
            }
        let dot = box.isUp.map { $0 ? "#16A34A" : "#DC2626" } ?? "#CBD5E1"
        let dashed = box.isUp == nil ? #" stroke-dasharray="5 4""# : ""
        var text = """
            <g transform="translate(\(x) \(y))">
            <rect width="\(cardWidth)" height="\(height)" rx="10" fill="#FFFFFF" stroke="\(box.isUp == false ? "#DC2626" : "#CBD5E1")"\(dashed)/>
            <path d="M0 10 a10 10 0 0 1 10 -10 h\(cardWidth - 20) a10 10 0 0 1 10 10 z" fill="\(colour)"/>
            <circle cx="18" cy="34" r="5" fill="\(dot)"/>

            """
        let badgeWidth = box.badge.isEmpty ? 0 : box.badge.count * 7 + 16
        text += label(
            cut(box.name, to: cardWidth - 52 - badgeWidth, size: 15), x: 32, y: 39, size: 15, fill: "#0F172A", bold: true)
        if badgeWidth > 0 {
            let left = cardWidth - badgeWidth - 12
            text +=
                #"<rect x="\#(left)" y="24" width="\#(badgeWidth)" height="20" rx="10" fill="\#(colour)" fill-opacity="0.12"/>"#
                + "\n"
            text += label(box.badge, x: left + badgeWidth / 2, y: 38, size: 11, fill: colour, bold: true, anchor: "middle")
        }
        text += label(box.address, x: 32, y: 57, size: 12, fill: "#64748B")
        if !box.remark.isEmpty {
            text += label(
                cut(box.remark, to: 78, size: 11), x: cardWidth - 12, y: 57, size: 11, fill: "#B91C1C", bold: true, anchor: "end")
        }
        var top = headHeight + 4
        if !box.labels.isEmpty {
            text += label(
                cut(box.labels.joined(separator: ", "), to: cardWidth - 32, size: 11), x: 16, y: top + 9, size: 11,
                fill: "#475569")
            top += 20
        }
        for (index, task) in box.tasks.enumerated() {
            text += chip(task, x: 12 + index % 2 * 106, y: top + index / 2 * (chipHeight + 6))
        }
        return text + "</g>\n"
    }

    private static func chip(_ task: GraphModel.Task, x: Int, y: Int) -> String {
        let colour = palette[task.service % palette.count]
        let isRunning = task.state == "running"
        let frame = isRunning ? "" : #" stroke="\#(colour)" stroke-dasharray="3 3""#
        return
            #"<rect x="\#(x)" y="\#(y)" width="102" height="\#(chipHeight)" rx="6" fill="\#(colour)" fill-opacity="\#(isRunning ? "0.16" : "0.04")"\#(frame)/>"#
            + "\n" + #"<circle cx="\#(x + 12)" cy="\#(y + 12)" r="4" fill="\#(colour)"/>"# + "\n"
            + label(cut(task.title, to: 76, size: 12), x: x + 22, y: y + 16, size: 12, fill: "#0F172A")
    }

    // MARK: Lines

    /// Managers agree with each other, and lead the workers.
    private func lines(_ spans: [(role: GraphModel.Role, top: Int, bottom: Int, centres: [Int])], _ width: Int) -> String {
        var text = #"<g stroke="\#(Self.line)" stroke-width="2" fill="none">"# + "\n"
        guard let managers = spans.first(where: { $0.role == .manager }) else { return "" }
        if managers.centres.count > 1, let first = managers.centres.first, let last = managers.centres.last {
            text +=
                #"<path d="M\#(first) \#(managers.top + 34) H\#(last)" stroke="\#(Self.blue)" stroke-dasharray="2 5" stroke-linecap="round"/>"#
                + "\n"
        }
        if let workers = spans.first(where: { $0.role == .worker }) {
            let bus = managers.bottom + Self.rowGap / 2
            let all = managers.centres + workers.centres
            for x in managers.centres { text += #"<path d="M\#(x) \#(managers.bottom - 4) V\#(bus)"/>"# + "\n" }
            for x in workers.centres { text += #"<path d="M\#(x) \#(bus) V\#(workers.top + 4)"/>"# + "\n" }
            if let left = all.min(), let right = all.max(), left < right {
                text += #"<path d="M\#(left) \#(bus) H\#(right)"/>"# + "\n"
            }
        }
        return text + "</g>\n"
    }

    // MARK: Services

    private func legend(y: Int, width: Int) -> String {
        var text = Self.label("Services", x: Self.margin, y: y + 12, size: 14, fill: "#0F172A", bold: true)
        let nameWidth = min(260, 24 + (model.services.map(\.name.count).max() ?? 0) * 8)
        for (index, service) in model.services.enumerated() {
            let line = y + 38 + index * 26
            text +=
                #"<circle cx="\#(Self.margin + 6)" cy="\#(line - 4)" r="6" fill="\#(Self.palette[index % Self.palette.count])"/>"#
                + "\n"
            text += Self.label(
                Self.cut(service.name, to: nameWidth - 8, size: 13), x: Self.margin + 20, y: line, size: 13, fill: "#0F172A")
            let left = Self.margin + 24 + nameWidth
            text += Self.label(
                Self.cut(service.detail, to: width - left - Self.margin, size: 13), x: left, y: line, size: 13, fill: "#475569")
        }
        return text
    }

    // MARK: Text

    private static func label(
        _ text: String, x: Int, y: Int, size: Int, fill: String, bold: Bool = false, anchor: String? = nil
    ) -> String {
        guard !text.isEmpty else { return "" }
        let weight = bold ? #" font-weight="bold""# : ""
        let anchor = anchor.map { #" text-anchor="\#($0)""# } ?? ""
        return #"<text x="\#(x)" y="\#(y)" font-size="\#(size)" fill="\#(fill)"\#(weight)\#(anchor)>\#(escaped(text))</text>"#
            + "\n"
    }

    /// Cuts a text that would not fit; a letter is taken to be 0.62 of the font's size wide.
    private static func cut(_ text: String, to pixels: Int, size: Int) -> String {
        let room = max(2, Int(Double(pixels) / (Double(size) * 0.62)))
        return text.count <= room ? text : text.prefix(room - 1) + "…"
    }

    private static func escaped(_ text: String) -> String { JUnit.escaped(text) }
}
