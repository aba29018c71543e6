import Machine

/// Everything that `image ls` lists: images, newest first, each with the templates made from it behind it, and last the disks
/// with swarmd.
struct ImageInventory: Sendable {
    var rows: [ImageListing]
    /// Why templates are missing, in one line; nil where all are there.
    var templateProblem: String?

    init(rows: [ImageListing], templateProblem: String? = nil) {
        self.rows = rows
        self.templateProblem = templateProblem
    }

    /// Looks at the cache and, for templates, at libvirt; where that cannot be reached the images are listed all the same.
    init(_ session: Session) async throws {
        let machines = session.machines.all().compactMap { try? $0.machine.get() }
        let images = try ImageCache(store: session.machines.store).entries().map { entry in
            ImageListing(
                kind: entry.kind.rawValue, digest: entry.digest, size: entry.size,
                users: entry.kind == .node ? machines.filter { $0.configuration.driver.image == entry.digest }.map(\.name) : [],
                created: entry.created, isCurrent: entry.isCurrent, path: entry.folder.path, contents: entry.contents)
        }
        do {
            let templates = try await session.machines.templates().map { template in
                ImageListing(
                    kind: ImageListing.templateKind, digest: template.digest, size: Int64(clamping: template.size),
                    users: template.users,
                    created: template.created, image: template.image, memoryMiB: template.memoryMiB, cpus: template.cpus,
                    sharesMemory: template.sharesMemory, injected: template.injected)
            }
            let disks = try await session.machines.orchestratorDisks().map { disk in
                ImageListing(
                    kind: ImageListing.swarmdKind, digest: disk.digest, size: Int64(clamping: disk.size), users: disk.users,
                    created: disk.created)
            }
            self.init(rows: Self.ordered(images, templates) + disks)
        } catch let error as CancellationError { throw error } catch {
            self.init(rows: images, templateProblem: "Templates cannot be listed: \(error)")
        }
    }

    static func ordered(_ images: [ImageListing], _ templates: [ImageListing]) -> [ImageListing] {
        let sorted = templates.sorted {
            ($0.memoryMiB ?? 0, $0.cpus ?? 0, $0.digest) < ($1.memoryMiB ?? 0, $1.cpus ?? 0, $1.digest)
        }
        let known = Set(images.filter { $0.kind == ImageRecipe.Kind.node.rawValue }.map(\.digest))
        return images.flatMap { image in
            [image] + (known.contains(image.digest) ? sorted.filter { $0.image == image.digest } : [])
        } + sorted.filter { !known.contains($0.image ?? "") }
    }

    /// The one that a word names.
    ///
    /// - Throws: `MachineError.failed` where there is none, or more than one.
    func find(_ word: String) throws -> ImageListing {
        let found = rows.filter { $0.answers(to: word) }
        guard let row = found.first else {
            let text = "there is no image \"\(word)\": \"\(Program.name) image ls\" lists them"
            throw MachineError.failed(([text] + [templateProblem].compactMap { $0 }).joined(separator: "\n"))
        }
        guard found.count == 1 else { throw MachineError.failed("\"\(word)\" fits several images: write more of it") }
        return row
    }
}
