import Machine

/// `regenerate-certs`: new certificates, after a question.
enum RegenerateCertsCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let flags = session.invocation.flags
        if !flags.bool("force") {
            guard Prompt.isYes(Terminal.ask(Prompt.regenerateCertificates)) else { return 0 }
        }
        Terminal.out("Regenerating TLS certificates")
        let client = flags.bool("client-certs")
        try await Progress.show { log in
            try await session.forEach { try await $0.regenerateCertificates(clientCertificates: client, log: log) }
        }
        return 0
    }
}
