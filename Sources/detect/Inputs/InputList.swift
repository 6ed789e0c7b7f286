#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The distinct inputs of a run, in the order they are processed.
struct InputList {
  struct Input: Sendable {
    var path: InputPath
    /// Where in the path the relative name begins.
    fileprivate var relativeStart: Int
    /// Found in a folder, so it existed a moment ago.
    var isListed: Bool
    /// Why the input cannot be tried: a folder that could not be listed.
    var listingFailure: String?

    /// Where its own output files go below an output folder: the way from the folder that was
    /// given, or the file's name.
    var relativeName: [UInt8] { Array(path.bytes[relativeStart...]) }

    /// A file by its name.
    init(path: InputPath) {
      self.init(
        path: path, relativeStart: path.bytes.count - path.lastComponent.count, isListed: false)
    }

    fileprivate init(
      path: InputPath, relativeStart: Int, isListed: Bool, listingFailure: String? = nil
    ) {
      self.path = path
      self.relativeStart = relativeStart
      self.isListed = isListed
      self.listingFailure = listingFailure
    }
  }

  private(set) var inputs: [Input] = []
  private var seen: Set<InputPath> = []
  private let listing: FolderListing
  private let note: (String) -> Void

  /// Expands what was given on the command line: files stand for themselves, folders and patterns
  /// for what they hold in byte order, `-` for the lines of standard input.
  ///
  /// - Parameter note: Told of everything that is left out.
  /// - Throws: `CommandFailure` when a list cannot be read.
  init(
    arguments: [String], lists: [PathList], listing: FolderListing,
    note: @escaping (String) -> Void
  ) throws {
    self.listing = listing
    self.note = note
    for argument in arguments {
      if argument == "-" {
        for path in try PathList(source: .standardInput, separator: .newline).paths() { add(path) }
      } else {
        expand(RawArguments.path(for: argument))
      }
    }
    for list in lists {
      for path in try list.paths() { add(path) }
    }
    seen = []
  }

  /// Leaves only the inputs of one shard.
  mutating func keep(_ shard: Shard) { inputs.removeAll { !shard.holds($0.path.bytes) } }

  /// A path as given, or what a pattern matches where nothing has its name.
  private mutating func expand(_ path: InputPath) {
    let special = Array("*?[".utf8)
    guard path.bytes.contains(where: special.contains),
      FileStatus(path, followingLinks: false) == nil
    else { return add(path) }
    var matches = glob_t()
    defer { globfree(&matches) }
    guard glob(path.cString, GLOB_NOSORT, nil, &matches) == 0 else { return add(path) }
    let paths = (0..<Int(matches.gl_pathc)).compactMap { index in
      matches.gl_pathv[index].map {
        InputPath(bytes: Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))))
      }
    }
    for match in paths.sorted() { add(match) }
  }

  private mutating func add(_ path: InputPath) {
    guard FileStatus(path)?.kind == .folder else {
      let start = path.bytes.count - path.lastComponent.count
      append(path, relativeStart: path.bytes.last == slash ? 0 : start, isListed: false)
      return
    }
    let result = listing.pictures(in: path)
    for (skipped, reason) in result.skipped { note("\(skipped.shown): skipped: \(reason)") }
    let rootCount = path.bytes.last == slash ? path.bytes.count : path.bytes.count + 1
    for picture in result.pictures {
      append(picture, relativeStart: rootCount, isListed: true)
    }
    for (folder, reason) in result.failed {
      append(
        folder, relativeStart: min(rootCount, folder.bytes.count), isListed: true,
        listingFailure: reason)
    }
  }

  private mutating func append(
    _ path: InputPath, relativeStart: Int, isListed: Bool, listingFailure: String? = nil
  ) {
    guard seen.insert(path).inserted else { return }
    inputs.append(
      Input(
        path: path, relativeStart: relativeStart, isListed: isListed,
        listingFailure: listingFailure))
  }
}
