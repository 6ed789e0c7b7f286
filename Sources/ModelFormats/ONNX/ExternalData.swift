#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Where in which file a tensor's data lies, as the tensor's `external_data` entries say.
struct ExternalDataSpan {
  /// Names of folders and, last, the file, below the model's folder.
  var components: [String]
  var offset: Int

  /// - Parameter byteCount: What the tensor needs; a stated length must equal it.
  /// - Throws: `ModelError.externalData` for a location that could leave the folder, or numbers that
  ///   are not plain decimal.
  init(_ entries: [Onnx_StringStringEntryProto], byteCount: Int, tensor: String) throws {
    var values: [String: String] = [:]
    for entry in entries {
      guard values.updateValue(entry.value, forKey: entry.key) == nil else {
        throw ModelError.externalData(tensor: tensor, "\(printable(entry.key)) is given twice")
      }
    }
    let location = values["location"] ?? ""
    let parts = location.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isPlain = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
        && !part.utf8.contains(0)
    }
    guard isPlain, parts.count <= 32 else {
      throw ModelError.externalData(
        tensor: tensor, "external data outside the model folder: \"\(printable(location))\"")
    }
    components = parts
    offset = try Self.number(values["offset"], key: "offset", tensor) ?? 0
    let length = try Self.number(values["length"], key: "length", tensor)
    if let length, length != byteCount {
      throw ModelError.externalData(
        tensor: tensor, "external data has length \(length), \(byteCount) needed")
    }
  }

  private static func number(_ text: String?, key: String, _ tensor: String) throws -> Int? {
    guard let text else { return nil }
    let isDecimal = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    guard isDecimal, let value = Int(text) else {
      throw ModelError.externalData(
        tensor: tensor, "external data has \(key) \"\(printable(text))\", not a number of bytes")
    }
    return value
  }
}

/// The folder of a model file: the only place its external data may be read from.
struct ExternalDataFolder {
  let path: String

  init(modelPath: String) {
    guard let slash = modelPath.lastIndex(of: "/") else {
      path = "."
      return
    }
    path = slash == modelPath.startIndex ? "/" : String(modelPath[..<slash])
  }

  /// Fills `buffer` from a file below the folder.
  ///
  /// Each component is opened relative to the one before without following symbolic links, and the
  /// file must be regular with a single name, so that nothing outside the folder can be reached.
  ///
  /// - Throws: `ModelError.externalData`.
  func read(
    _ span: ExternalDataSpan, into buffer: UnsafeMutableRawBufferPointer, tensor: String
  ) throws {
    func refuse(_ detail: String) -> ModelError {
      let location = span.components.joined(separator: "/")
      return .externalData(tensor: tensor, "external data \"\(printable(location))\": \(detail)")
    }
    var descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refuse(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    for (index, component) in span.components.enumerated() {
      let isLast = index == span.components.count - 1
      let kind = isLast ? O_NONBLOCK : O_DIRECTORY
      let next = openat(descriptor, component, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
      let code = errno
      guard next >= 0 else {
        let isLink = code == ELOOP || (code == ENOTDIR && !isLast)
        throw refuse(isLink ? "is or passes a symbolic link" : String(cString: strerror(code)))
      }
      close(descriptor)
      descriptor = next
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw refuse(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw refuse("not a regular file") }
    guard status.st_nlink == 1 else { throw refuse("has \(status.st_nlink) names, 1 allowed") }
    let size = Int(status.st_size)
    guard span.offset <= size, buffer.count <= size - span.offset else {
      throw refuse("\(size) bytes, \(buffer.count) from byte \(span.offset) needed")
    }
    var count = 0
    while count < buffer.count {
      let got = pread(
        descriptor, buffer.baseAddress! + count, buffer.count - count, off_t(span.offset + count))
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw refuse(String(cString: strerror(errno))) }
      guard got > 0 else { throw refuse("changed while reading") }
      count += got
    }
  }
}
