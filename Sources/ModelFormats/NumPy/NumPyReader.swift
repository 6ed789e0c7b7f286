internal import Files
internal import Neural

/// Reads NumPy's `.npy` arrays and `.npz` archives of them; which one it is shows in the content.
///
/// Plain numeric and bool types of either byte order and either axis order are read; object and
/// structured arrays never. Nothing is executed and nothing is written to disk.
package enum NumPyReader {
  /// The arrays of a file, in the file's order.
  ///
  /// - Parameters:
  ///   - path: A regular file.
  ///   - limits: What the file may ask for.
  /// - Returns: For an archive, each `.npy` member under its name without the suffix; for a single
  ///   array, one tensor named as the file is, without folder and suffix.
  /// - Throws: `FileError`, `ModelError.inFile`.
  package static func read(
    path: String, limits: NumPyLimits = NumPyLimits()
  ) throws -> [NamedTensor] {
    let bytes = try RegularFile.read(path, byteLimit: limits.fileByteLimit)
    let fileName = path.split(separator: "/").last.map(String.init) ?? path
    do {
      return try read(bytes: bytes, name: arrayName(fileName) ?? fileName, limits: limits)
    } catch let error as ModelError {
      throw ModelError.inFile(path, error)
    } catch let error as TensorError {
      throw ModelError.inFile(path, .malformed("\(error)"))
    }
  }

  /// The arrays in `bytes`.
  ///
  /// - Parameter name: The name for the tensor of a single array.
  /// - Throws: `ModelError`, `TensorError.outOfMemory`.
  package static func read(
    bytes: [UInt8], name: String, limits: NumPyLimits = NumPyLimits()
  ) throws -> [NamedTensor] {
    try bytes.withUnsafeBytes { bytes in
      if ZipArchive.isZip(bytes) { return try archive(bytes, limits: limits) }
      if let foreign = ForeignContent.description(of: bytes) {
        throw ModelError.notAModel(foreign)
      }
      var source = MemorySource(bytes)
      return [NamedTensor(name: name, tensor: try NPYReader.read(from: &source, name: name))]
    }
  }

  private static func archive(
    _ bytes: UnsafeRawBufferPointer, limits: NumPyLimits
  ) throws -> [NamedTensor] {
    let archive = try ZipArchive(bytes, limits: limits)
    var tensors: [NamedTensor] = []
    for member in archive.members {
      guard let name = arrayName(member.name) else { continue }
      var source = try ZipMemberSource(member, in: bytes)
      do {
        let tensor = try NPYReader.read(from: &source, name: name)
        tensors.append(NamedTensor(name: name, tensor: tensor))
      } catch ModelError.malformed(let detail) {
        throw ModelError.tensor(name, "cannot be read: \(detail)")
      } catch ModelError.notAModel(let detail) {
        throw ModelError.tensor(name, "cannot be read: \(detail)")
      }
    }
    guard !tensors.isEmpty else {
      throw ModelError.notAModel("the zip archive has no .npy member")
    }
    return tensors
  }

  /// A file or member name without its `.npy`; `nil` for other names.
  private static func arrayName(_ name: String) -> String? {
    name.hasSuffix(".npy") && name.utf8.count > 4 ? String(name.dropLast(4)) : nil
  }
}
