internal import CLibvirt
import Glibc

extension StorageVolume {
    /// Hands out the volume's content from its beginning to its end, piece by piece. Works on remote connections, too.
    /// - Parameter body: gets the next bytes, on the calling thread; returns false to end the download early, which throws.
    public func download(_ body: (UnsafeRawBufferPointer) -> Bool) throws(LibvirtError) {
        let operation = "download volume \(name)"
        let stream = try checkHandle(virStreamNew(virStorageVolGetConnect(handle), 0), operation)
        defer { virStreamFree(stream) }
        try check(virStorageVolDownload(handle, stream, 0, 0, 0), operation)
        let status = withoutActuallyEscaping(body) { body in
            var sink = DownloadSink(body: body)
            return withUnsafeMutablePointer(to: &sink) { virStreamRecvAll(stream, DownloadSink.take, $0) }
        }
        // A failed receive has aborted the stream already.
        try check(status, operation)
        try check(virStreamFinish(stream), operation)
    }

    /// The volume's whole content: for small ones.
    public func contents() throws(LibvirtError) -> [UInt8] {
        var bytes: [UInt8] = []
        try download { piece in
            bytes.append(contentsOf: piece)
            return true
        }
        return bytes
    }
}

/// Where a download goes. libvirt calls `take` on the receiving thread with the address of such a value.
private struct DownloadSink {
    let body: (UnsafeRawBufferPointer) -> Bool

    static let take: virStreamSinkFunc = { _, buffer, count, opaque in
        guard let buffer, let sink = opaque?.assumingMemoryBound(to: DownloadSink.self),
            sink.pointee.body(UnsafeRawBufferPointer(start: buffer, count: count))
        else { return -1 }
        return CInt(count)
    }
}
