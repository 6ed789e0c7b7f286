internal import Detectors
internal import Geometry
internal import Neural
internal import Pyramids

/// The side of square windows for which a detector's network keeps to a limit of memory.
///
/// It follows from the network, the limit and the instruction set alone, not from what the process takes
/// at the moment: the same flags give the same windows.
struct SliceChoice {
  /// The part of all memory that the values of one network may take is one over it.
  static let share = 4
  /// Tried in this order.
  private static let sides = [512, 384, 256, 192, 128]

  let isSeamExact: Bool
  private let detector: any DenseDetector

  /// `nil` for detectors whose memory does not follow from the window.
  init?(isSeamExact: Bool, detector: any Detector) {
    guard let dense = detector as? any DenseDetector else { return nil }
    self.isSeamExact = isSeamExact
    self.detector = dense
  }

  /// - Parameter byteLimit: For the network's values.
  /// - Returns: `nil` to keep the strategy's own size: it fits, or no smaller one would take less.
  /// - Throws: `GraphError`, `CommandFailure` of exit 64 where not even the smallest fits.
  func side(byteLimit: Int) throws -> Int? {
    let own = try inputSize(nil)
    let smaller = try Self.sides.map { (side: $0, size: try inputSize($0)) }
      .filter { $0.size.width * $0.size.height < own.width * own.height }
    // A network of one size: windows are fitted into it, whatever they are.
    guard let last = smaller.last else { return nil }
    if try fits(own, byteLimit) { return nil }
    for (side, size) in smaller where try fits(size, byteLimit) { return side }
    let least = Self.sides[Self.sides.count - 1]
    throw CommandFailure(
      .usage,
      """
      --max-memory: even with windows of \(least)x\(least) (input \(last.size)) the network's values take \
      more than \(byteLimit) bytes, one part in \(Self.share) of the limit for each worker
      """)
  }

  /// The network's input for a window somewhere in a large picture; `nil` for the strategy's own.
  private func inputSize(_ side: Int?) throws -> Size {
    let large = Size(width: DetectorOptions.inputSideLimit, height: DetectorOptions.inputSideLimit)
    if isSeamExact {
      return try SeamlessTilesStrategy(coreWidth: side, coreHeight: side)
        .grid(for: large, detector).tileSize
    }
    let window =
      side.map { Size(width: $0, height: $0) } ?? TilesStrategy.Options().slice
    return detector.inputSize(for: window, scale: 1)
  }

  /// Plans the network without memory for its values where they are beyond the limit.
  private func fits(_ size: Size, _ byteLimit: Int) throws -> Bool {
    let graph = try detector.graph
    var options = detector.executionOptions
    // The same for any number of threads.
    options.threads = 1
    options.memoryLimit = byteLimit
    do {
      _ = try Network(
        graph: graph, inputShapes: [graph.inputs[0].name: [1, 3, size.height, size.width]],
        options: options)
      return true
    } catch GraphError.memoryLimit {
      return false
    }
  }
}
