import GoTemplate

/// What `config` prints: the flags for `docker $(machine config NAME)`.
public enum ConnectionFlags {
    /// - Parameters:
    ///   - certificatePath: the directory of `ca.pem`, `cert.pem` and `key.pem`.
    ///   - url: the engine's address.
    /// - Returns: five lines, each with its newline.
    public static func text(certificatePath: String, url: String) -> String {
        let directory = certificatePath.hasSuffix("/") ? String(certificatePath.dropLast()) : certificatePath
        return """
            --tlsverify
            --tlscacert=\(goQuote("\(directory)/ca.pem"))
            --tlscert=\(goQuote("\(directory)/cert.pem"))
            --tlskey=\(goQuote("\(directory)/key.pem"))
            -H=\(url)

            """
    }
}
