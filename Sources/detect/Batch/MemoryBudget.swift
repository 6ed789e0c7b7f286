internal import Detectors
internal import Geometry
internal import Imaging

/// How a run divides the memory it may use: model and network take what they take, pictures share
/// the rest.
struct MemoryBudget {
  /// A run's own tables and the decoders' work, roughly.
  private static let reserve = 24 << 20
  /// A picture of this many pixels must fit, or there is no use in beginning.
  private static let leastPixels = 1_000_000
  /// Pictures waiting and in work, where nothing limits memory.
  private static let defaultWaiting = 1 << 30

  let pipelineLimits: OrderedPipeline<ReadPicture, InputResult>.Limits
  /// For one picture: its file, its pixels and the decoder's work.
  private let bytesPerPicture: Int?

  /// - Parameters:
  ///   - limit: Bytes; `nil` for no limit but a control group's.
  ///   - trial: Run once on a small picture, so that what it allocates is seen.
  /// - Throws: Exit 64 when the limit leaves no room for a picture.
  init(limit: Int?, workers: Int, trial: any Detector) throws {
    var limits = OrderedPipeline<ReadPicture, InputResult>.Limits()
    limits.preparers = min(workers, Processors.available)
    limits.queued = workers + 1
    limits.window = 8 * workers + 8
    limits.weightLimit = Self.defaultWaiting
    guard let limit = limit ?? ControlGroup.current.memoryLimit else {
      pipelineLimits = limits
      bytesPerPicture = nil
      return
    }
    let side = 512
    _ = try? trial.detect(
      Image(
        size: Size(width: side, height: side),
        samples: [UInt8](repeating: 0, count: side * side * 3)
      ))
    let taken = ResidentMemory.current.now + Self.reserve
    // Each worker holds a picture and what it makes of it; each preparer another.
    let shares = 2 * workers + limits.preparers
    let share = (limit - taken) / shares
    guard share >= 3 * Self.leastPixels else {
      let least = taken + 3 * Self.leastPixels * shares
      throw CommandFailure(
        .usage,
        """
        \(limit) bytes of memory are too few: model and network take \(taken), and a picture of a \
        million pixels needs \(least) in all; fewer --workers need less
        """)
    }
    limits.queued = min(limits.queued, workers)
    limits.weightLimit = share * workers
    pipelineLimits = limits
    bytesPerPicture = share
  }

  func limiting(_ decoder: ImageDecoder) -> ImageDecoder {
    guard let bytesPerPicture else { return decoder }
    var decoder = decoder
    decoder.maxBytes = min(decoder.maxBytes, bytesPerPicture)
    return decoder
  }
}

/// Memory of this process that is in the machine, in bytes.
struct ResidentMemory {
  var now = 0
  var peak = 0

  /// Zero where the system does not say.
  static var current: ResidentMemory {
    var memory = ResidentMemory()
    for line in (ProcessFile.text("/proc/self/status") ?? "").split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count >= 2, let kibibytes = Int(words[1]) else { continue }
      if words[0] == "VmRSS:" { memory.now = kibibytes << 10 }
      if words[0] == "VmHWM:" { memory.peak = kibibytes << 10 }
    }
    return memory
  }
}
