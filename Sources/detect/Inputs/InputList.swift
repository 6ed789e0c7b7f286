/// The distinct inputs of a run, in the order they are processed.
struct InputList {
  struct Input {
    var path: InputPath
    /// Where its own output files go below an output folder: the way from the folder that was
    /// given, or the file's name.
    var relativeName: [UInt8]
    /// Found in a folder, so it existed a moment ago.
    var isListed: Bool
    /// Why the input cannot be tried: a folder that could not be listed.
    var listingFailure: String?
  }

  private(set) var inputs: [Input] = []
  private var seen: Set<InputPath> = []
  private let listing: FolderListing

  /// Expands what was given on the command line: files stand for themselves, folders for their
  /// pictures in byte order, `-` for the lines of standard input.
  ///
  /// - Parameter note: Told of everything that is left out.
  /// - Throws: `CommandFailure` when standard input cannot be read or nothing is left.
  init(arguments: [String], listing: FolderListing, note: (String) -> Void) throws {
    self.listing = listing
    for argument in arguments {
      if argument == "-" {
        let bytes = try StandardStreams.input(byteLimit: 1 << 30)
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
          guard !line.contains(0) else {
            throw CommandFailure(.usage, "standard input: a path cannot hold a zero byte")
          }
          add(InputPath(bytes: Array(line)), note: note)
        }
      } else {
        add(RawArguments.path(for: argument), note: note)
      }
    }
    guard !inputs.isEmpty else { throw CommandFailure(.noInput, "no inputs") }
  }

  private mutating func add(_ path: InputPath, note: (String) -> Void) {
    guard FileStatus(path)?.kind == .folder else {
      append(path, relativeName: path.lastComponent, isListed: false)
      return
    }
    let result = listing.pictures(in: path)
    for (skipped, reason) in result.skipped { note("\(skipped.shown): skipped: \(reason)") }
    let rootCount = path.bytes.last == slash ? path.bytes.count : path.bytes.count + 1
    for picture in result.pictures {
      append(picture, relativeName: Array(picture.bytes.dropFirst(rootCount)), isListed: true)
    }
    for (folder, reason) in result.failed {
      append(folder, relativeName: folder.lastComponent, isListed: true, listingFailure: reason)
    }
  }

  private mutating func append(
    _ path: InputPath, relativeName: [UInt8], isListed: Bool, listingFailure: String? = nil
  ) {
    guard seen.insert(path).inserted else { return }
    inputs.append(
      Input(
        path: path, relativeName: relativeName, isListed: isListed, listingFailure: listingFailure))
  }
}
