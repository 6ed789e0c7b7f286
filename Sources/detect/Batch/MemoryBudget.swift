internal import Detectors
internal import Geometry
internal import Imaging
internal import Neural

/// How a run divides the memory it may use: model and networks take what they take, pictures share
/// the rest.
struct MemoryBudget {
  typealias Limits = OrderedPipeline<ReadPicture, InputResult>.Limits

  /// Buffers of this many bytes and more go back to the system when they are freed.
  private static let returnedBlock = 512 << 10
  /// What a run's own tables and each of its threads take beyond all that is counted.
  private static let reserve = 8 << 20
  private static let reservePerThread = 2 << 20
  /// A picture of this many pixels must fit, or there is no use in beginning.
  private static let leastPixels = 1_000_000
  /// Files beside their pixels: a JPEG of the best quality has about one byte a pixel.
  private static let bytesPerPixel = 4.0
  /// Pictures being decoded, waiting and in work, for each worker and one more, where nothing limits
  /// memory.
  private static let defaultShare = 64 << 20

  let pipelineLimits: Limits
  /// Of one picture: pixels; bytes of its file, its pixels and the decoder's work; the limit on all
  /// memory in words.
  private let limitsPerPicture: (pixels: Int, bytes: Int, origin: String)?

  /// - Parameters:
  ///   - limit: Bytes; `nil` for no limit but a control group's.
  ///   - detectors: One for each worker. With a limit each runs once on a small picture, the first
  ///     also on a larger one, so that what they allocate is seen.
  /// - Throws: Exit 64 when the limit leaves no room for a picture.
  init(limit: Int?, detectors: [any Detector]) throws {
    FreedMemory.returnsBlocks(ofAtLeast: Self.returnedBlock)
    let workers = detectors.count
    var limits = Limits()
    limits.preparers = min(workers, Processors.available)
    limits.queued = workers + 1
    limits.window = 8 * workers + 8
    limits.weightLimit = (workers + 1) * Self.defaultShare
    let origin =
      limit.map { "--max-memory \($0)" } ?? "the control group's limit on memory"
    guard let limit = limit ?? ControlGroup.current.memoryLimit else {
      pipelineLimits = limits
      limitsPerPicture = nil
      return
    }
    let reserve = Self.reserve + (workers + limits.preparers) * Self.reservePerThread
    let need: Need
    do {
      need = try Need(of: detectors, limit: limit - reserve)
    } catch let error as Need.Exceeded {
      throw CommandFailure(
        .usage,
        """
        --max-memory: \(limit) bytes are too few: program, model and networks take \
        \(error.byteCount + reserve) and more\(Self.hint(workers))
        """)
    }
    let fixed = need.fixed + reserve
    // Each worker may meet the largest picture, and keeps the memory that it took.
    let perPixel = Self.bytesPerPixel + Double(workers) * need.bytesPerPixel
    let least = max(need.peak, fixed + Int(perPixel * Double(Self.leastPixels)))
    guard limit >= least else {
      throw CommandFailure(
        .usage,
        """
        --max-memory: \(limit) bytes are too few: program, model and networks take \(fixed), and \
        with a picture of a million pixels the least is \(least)\(Self.hint(workers))
        """)
    }
    let pixels = Self.rounded(Int(Double(limit - fixed) / perPixel))
    let shared = Self.rounded(limit - fixed - Int(Double(workers * pixels) * need.bytesPerPixel))
    limits.weightLimit = min(limits.weightLimit, shared)
    pipelineLimits = limits
    limitsPerPicture = (pixels, shared, origin)
  }

  private static func hint(_ workers: Int) -> String {
    workers > 1 ? "; fewer --workers need less" : ""
  }

  /// A number down to its first four binary digits. What a process takes differs by a few pages from
  /// run to run; which pictures are refused is not to differ with it.
  private static func rounded(_ number: Int) -> Int {
    let shift = max(0, Int.bitWidth - number.leadingZeroBitCount - 4)
    return (number >> shift) << shift
  }

  /// The decoder that refuses pictures for which there is no room.
  func limiting(_ decoder: ImageDecoder) -> ImageDecoder {
    guard let limitsPerPicture else { return decoder }
    var decoder = decoder
    if limitsPerPicture.pixels < decoder.maxPixels {
      decoder.maxPixels = limitsPerPicture.pixels
      decoder.memoryLimit = limitsPerPicture.origin
    }
    decoder.maxBytes = min(decoder.maxBytes, limitsPerPicture.bytes)
    return decoder
  }

  /// What detectors take beside the pictures.
  private struct Need {
    /// Whatever the pictures.
    let fixed: Int
    /// Of each detector, for each pixel of the picture it looks at.
    let bytesPerPixel: Double
    /// Of the process, so far.
    let peak: Int

    private static let smallSide = 512
    private static let largeSide = 1024
    /// Differences below it are noise.
    private static let leastDifference = 1 << 20

    /// More is needed than there may be.
    struct Exceeded: Error {
      let byteCount: Int
    }

    /// - Throws: `Exceeded` as soon as that is seen, before more is taken; exit 70 when no thread can
    ///   be had.
    init(of detectors: [any Detector], limit: Int) throws {
      try Self.check(ResidentMemory.current.now, limit)
      try Self.checkNetwork(of: detectors, limit)
      let small = Self.picture(Self.smallSide)
      for (place, detector) in detectors.enumerated() {
        let before = ResidentMemory.current.now
        try? detector.reserve()
        _ = try? detector.detect(small)
        // The others will take as much.
        let now = ResidentMemory.current.now
        try Self.check(now + (detectors.count - 1 - place) * max(0, now - before), limit)
      }
      let resident = ResidentMemory.current.now
      let first = detectors[0]
      let during = try ResidentMemory.peak { _ = try? first.detect(small) }
      try Self.check(resident + detectors.count * max(0, during - resident), limit)
      let large = Self.picture(Self.largeSide)
      let before = ResidentMemory.current.now
      let larger = try ResidentMemory.peak { _ = try? first.detect(large) } - before
      // Networks made for that size stay.
      let kept = max(0, ResidentMemory.current.now - before)
      let pixels = Self.largeSide * Self.largeSide - Self.smallSide * Self.smallSide
      let growth = larger - (during - resident)
      bytesPerPixel = growth < Self.leastDifference ? 0 : Double(growth) / Double(pixels)
      fixed = resident + detectors.count * max(0, during - resident) + kept
      peak = ResidentMemory.current.peak
    }

    private static func check(_ byteCount: Int, _ limit: Int) throws {
      if byteCount > limit { throw Exceeded(byteCount: byteCount) }
    }

    /// What the values of a network for the least picture take, before there is memory for them.
    private static func checkNetwork(of detectors: [any Detector], _ limit: Int) throws {
      guard let detector = detectors[0] as? HeatmapDetector, limit > 0 else { return }
      let resident = ResidentMemory.current.now
      let size = detector.inputSize(
        for: Size(width: largeSide, height: MemoryBudget.leastPixels / largeSide), scale: 1)
      var options = detector.executionOptions
      options.threads = 1
      options.memoryLimit = max(1, (limit - resident) / detectors.count)
      do {
        let graph = detector.graph
        _ = try Network(
          graph: graph, inputShapes: [graph.inputs[0].name: [1, 3, size.height, size.width]],
          options: options)
      } catch GraphError.memoryLimit {
        throw Exceeded(byteCount: limit)
      } catch {
        // Whoever needs such a network will say so.
      }
    }

    /// A picture with something to see everywhere, so that detectors which look closer do.
    private static func picture(_ side: Int) -> Image {
      var state: UInt32 = 1
      let samples = (0..<side * side * 3).map { _ -> UInt8 in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(truncatingIfNeeded: state >> 24)
      }
      return Image(size: Size(width: side, height: side), samples: samples)
    }
  }
}
