package import Geometry
package import Imaging
package import Neural

/// One level of a network's own feature pyramid, as far as it predicts boxes.
package struct DenseHead: Hashable, Sendable {
  /// `P3` for stride 8, `P4` for 16, … as in the literature (the stride is 2 to that power).
  package var name: String
  /// Input pixels per cell.
  package var strideInPixels: Int
  /// Numbers per cell.
  package var channels: Int

  package init(strideInPixels: Int, channels: Int) {
    let isPower = strideInPixels > 0 && strideInPixels & (strideInPixels - 1) == 0
    name =
      isPower ? "P\(strideInPixels.trailingZeroBitCount)" : "stride \(strideInPixels)"
    self.strideInPixels = strideInPixels
    self.channels = channels
  }
}

/// A network that says something about every cell of its input's grids, and how its inputs are
/// filled and its outputs read: what strategies build on that run networks in ways of their own
/// (several levels on one canvas, tiles without seams, some heads only).
///
/// An instance is not for concurrent use.
package protocol DenseDetector: AnyObject {
  /// The network before its input's size is chosen: one Float32 input `[1, 3, height, width]`,
  /// only the outputs that are read.
  ///
  /// - Throws: `GraphError` where it is put together on demand.
  var graph: Graph { get throws }

  /// Threads and instruction set that networks are compiled for.
  var executionOptions: ExecutionOptions { get }

  /// The levels, finest first; empty where the outputs are no grids (fully connected heads, boxes
  /// that the network has already suppressed).
  var heads: [DenseHead] { get }

  /// Sides of inputs are multiples of it.
  var inputMultiple: Int { get }

  /// The size of the input for a picture of `source` pixels at a scale; 1 is what a single pass
  /// uses. At least one multiple, at most `DetectorOptions.inputSideLimit`.
  func inputSize(for source: Size, scale: Double) -> Size

  /// Whether the network can be run at that size.
  func accepts(_ inputSize: Size) -> Bool

  /// The network compiled for an input size, from a cache of the sizes used last.
  ///
  /// - Throws: `GraphError`, `DetectorError` where the graph does not take that size.
  func network(for inputSize: Size) throws -> Network

  /// Fits a picture into an input, writing every element.
  ///
  /// - Parameters:
  ///   - input: `[3, canvas.height, canvas.width]`.
  ///   - resampling: Instead of the family's own; `nil` keeps that.
  /// - Returns: Where the picture lies, with the map from its pixels to the input's.
  func fill(
    _ input: UnsafeMutableBufferPointer<Float>, canvas: Size, from image: Image,
    resampling: InputResampling?
  ) -> Letterbox

  /// The levels of a network's last run, one per head in their order.
  ///
  /// - Parameters:
  ///   - network: One that `network(for:)` gave, or one made of `graph` in another way with the same
  ///     outputs in the same order.
  ///   - inputSize: The input size that the outputs' grids belong to.
  /// - Throws: `DetectorError.nonFiniteOutput`.
  func maps(of network: Network, inputSize: Size) throws -> [DenseMap]

  /// One pass at an input size with every head speaking, as the detector itself does it.
  ///
  /// - Parameter resampling: Instead of the family's own.
  /// - Throws: `GraphError`, `DetectorError`.
  func wholePass(
    _ image: Image, inputSize: Size, resampling: InputResampling?
  ) throws -> DensePass

  /// Every wanted box over the score threshold, before suppression.
  ///
  /// - Parameters:
  ///   - map: A level, or a window of one.
  ///   - scoreThreshold: Instead of the detector's own.
  /// - Returns: In pixels from the map's first cell, by class or cell as the family has it; a box
  ///   may leave the map.
  func decode(_ map: DenseMap, scoreThreshold: Double?) -> [Detection]

  /// The indices that the detector's own suppression keeps, surest first, at most as many as its
  /// limit.
  func keptIndices(_ detections: [Detection]) -> [Int]

  /// Whether boxes are to be cut to the picture, as the last step.
  var clipsToPicture: Bool { get }
}

extension DenseDetector {
  /// As `decode(_:scoreThreshold:)`, at the detector's own threshold.
  package func decode(_ map: DenseMap) -> [Detection] { decode(map, scoreThreshold: nil) }

  /// The heads of these names, as indices.
  ///
  /// - Throws: `DetectorError.invalidOption` naming the heads that there are.
  package func headIndices(named names: [String]) throws(DetectorError) -> Set<Int> {
    guard !heads.isEmpty else {
      throw .invalidOption("levels: the network's outputs are no grids, so that none can be chosen")
    }
    var indices: Set<Int> = []
    for name in names {
      guard let index = heads.firstIndex(where: { $0.name == name.uppercased() }) else {
        throw .invalidOption(
          "level \(name): the network has " + heads.map(\.name).joined(separator: ", "))
      }
      indices.insert(index)
    }
    return indices
  }

  package func wholePass(
    _ image: Image, inputSize: Size, resampling: InputResampling?
  ) throws -> DensePass {
    try pass(
      image, inputSize: inputSize, heads: Set(heads.indices), resampling: resampling)
  }

  /// A copy of one output's elements as `[channels, cells]`.
  ///
  /// - Throws: `DetectorError.nonFiniteOutput`.
  func finiteOutput(_ index: Int, of network: Network) throws -> [Float] {
    try network.withOutput(index) { values in
      if let element = firstNonFinite(values) {
        throw DetectorError.nonFiniteOutput(name: network.outputs[index].name, index: element)
      }
      return Array(values)
    }
  }
}
