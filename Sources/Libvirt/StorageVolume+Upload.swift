internal import CLibvirt
import Glibc

// <unistd.h> shows these two only to _GNU_SOURCE programs. The numbers are Linux's ABI (lseek(2)).
private let SEEK_DATA: CInt = 3
private let SEEK_HOLE: CInt = 4

extension StorageVolume {
    /// Replaces the volume's content by a local file's, byte for byte: a qcow2 file goes into a volume of format qcow2.
    /// Holes in the file stay holes in the volume. Works on remote connections, too.
    /// - Parameters:
    ///   - path: the local file.
    ///   - progress: called with the number of bytes of the file done so far, holes included; on the calling thread.
    /// - Throws: ``LibvirtError/Code/systemError`` when the file cannot be read. What the volume holds after a failed
    ///   upload is undefined: delete it.
    public func upload(from path: String, progress: (Int64) -> Void = { _ in }) throws(LibvirtError) {
        let operation = "upload \(path) to volume \(name)"
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw LibvirtError.system(errno, operation) }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        guard size >= 0, lseek(file, 0, SEEK_SET) == 0 else { throw LibvirtError.system(errno, operation) }

        let stream = try checkHandle(virStreamNew(virStorageVolGetConnect(handle), 0), operation)
        defer { virStreamFree(stream) }
        try check(
            virStorageVolUpload(
                handle, stream, 0, UInt64(size), VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM.rawValue), operation)
        let status = withoutActuallyEscaping(progress) { progress in
            var source = UploadSource(file: file, progress: progress)
            return withUnsafeMutablePointer(to: &source) { source in
                virStreamSparseSendAll(stream, UploadSource.read, UploadSource.section, UploadSource.skip, source)
            }
        }
        // A failed send has aborted the stream already.
        try check(status, operation)
        try check(virStreamFinish(stream), operation)
    }
}

/// The file that is being sent, and the three questions libvirt asks about it. libvirt calls them on the sending thread, with
/// the address of such a value; they report failure by -1 and `errno`.
private struct UploadSource {
    let file: CInt
    let progress: (Int64) -> Void
    var done: Int64 = 0

    /// The next bytes.
    static let read: virStreamSourceFunc = { _, buffer, count, opaque in
        guard let buffer, let source = opaque?.assumingMemoryBound(to: UploadSource.self) else { return -1 }
        var got: Int
        repeat { got = Glibc.read(source.pointee.file, buffer, count) } while got < 0 && errno == EINTR
        if got > 0 { source.pointee.advance(Int64(got)) }
        return CInt(got)
    }

    /// Whether data or a hole comes next, and how much of it. The end of the file is a hole of length 0.
    static let section: virStreamSourceHoleFunc = { _, isData, length, opaque in
        guard let isData, let length, let source = opaque?.assumingMemoryBound(to: UploadSource.self) else { return -1 }
        let file = source.pointee.file
        let here = lseek(file, 0, SEEK_CUR)
        guard here >= 0 else { return -1 }
        // Asking moves the offset: it is put back before every return.
        defer { lseek(file, here, SEEK_SET) }
        let data = lseek(file, here, SEEK_DATA)
        if data < 0 {
            guard errno == ENXIO else { return -1 }
            (isData.pointee, length.pointee) = (0, Int64(lseek(file, 0, SEEK_END) - here))
        } else if data > here {
            (isData.pointee, length.pointee) = (0, Int64(data - here))
        } else {
            let hole = lseek(file, here, SEEK_HOLE)
            guard hole >= 0 else { return -1 }
            (isData.pointee, length.pointee) = (1, Int64(hole - here))
        }
        return 0
    }

    /// A hole was sent: go past it.
    static let skip: virStreamSourceSkipFunc = { _, length, opaque in
        guard let source = opaque?.assumingMemoryBound(to: UploadSource.self),
            lseek(source.pointee.file, off_t(length), SEEK_CUR) >= 0
        else { return -1 }
        source.pointee.advance(length)
        return 0
    }

    mutating func advance(_ bytes: Int64) {
        done += bytes
        progress(done)
    }
}
