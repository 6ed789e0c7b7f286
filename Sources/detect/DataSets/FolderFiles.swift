internal import Files

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The files of one folder by the end of their names.
enum FolderFiles {
  /// - Parameter suffix: With its dot, such as `.xml`.
  /// - Returns: Names in byte order, without those with a leading dot; empty where there is no such
  ///   folder.
  static func names(in folder: InputPath, suffix: String) -> [[UInt8]] {
    guard let directory = opendir(folder.cString) else { return [] }
    defer { closedir(directory) }
    let end = Array(suffix.utf8)
    var names: [[UInt8]] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
        }
      }
      if name.first != UInt8(ascii: "."), name.count > end.count, name.suffix(end.count) == end[...]
      {
        names.append(name)
      }
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// A name without its extension.
  static func stem(_ name: [UInt8]) -> [UInt8] {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return name }
    return Array(name[..<dot])
  }

  /// The first of several folders in `folder` that there is.
  static func first(of names: [String], in folder: InputPath) -> InputPath? {
    names.lazy.map { folder.appending(Array($0.utf8)) }.first {
      FileStatus($0)?.kind == .folder
    }
  }
}
