package import Detectors
package import Geometry
package import Imaging
internal import Neural

/// The levels of an image pyramid side by side on one canvas, or a few, each through the network in
/// one pass ("patchwork": Dubout & Fleuret 2012; Iandola et al. 2014, arXiv:1404.1869).
///
/// The answer is that of `image`: before every operator that pads, the gaps between levels hold what
/// it pads with. Networks of valid convolutions need no gaps. Networks that mix positions (global
/// pooling, attention, linear upsampling) are refused by the operator's name. Of the cascade the first
/// network is packed, over the levels of its own ladder.
package final class PackedStrategy: PyramidStrategy {
  package let image: ImageStrategy
  /// `nil` chooses, see `PackedLevels`.
  package let canvas: Size?
  private var cache: PackedCache
  /// For the cascade met last.
  private var cascade: (base: ObjectIdentifier, packed: PackedCascade)?

  /// - Parameter options: The levels, as for `image`.
  /// - Throws: `PyramidError.invalidOption`.
  package init(
    _ options: ImageStrategy.Options = .init(), canvas: Size? = nil
  ) throws(PyramidError) {
    if let canvas {
      let side = 1...DetectorOptions.inputSideLimit
      guard side.contains(canvas.width), side.contains(canvas.height) else {
        throw .invalidOption(
          "canvas of \(canvas): sides must be in 1...\(DetectorOptions.inputSideLimit)")
      }
    }
    image = try ImageStrategy(options)
    self.canvas = canvas
    cache = PackedCache(canvas: canvas)
  }

  package var name: String { "packed" }

  package func check(_ detector: any Detector) throws(PyramidError) {
    if detector is CascadeDetector && image.options.levels == nil { return }
    let dense = try requireHeads(of: detector, for: name)
    if let levels = image.options.levels { _ = try chosenHeads(levels, of: dense) }
    do {
      let graph = try dense.graph
      let size = dense.inputSize(for: Size(width: 640, height: 480), scale: 1)
      _ = try ShapedGraph(
        graph, inputShapes: [graph.inputs[0].name: [1, 3, size.height, size.width]]
      ).packedFootprint()
    } catch {
      throw .unsuitable(strategy: name, reason: "\(error)")
    }
  }

  package func merging(for detector: any Detector) -> Merging { image.merging(for: detector) }

  package func look(at image: Image, with detector: any Detector) throws -> PassResults {
    let passes = try self.image.passes(for: image.size, detector)
    if let cascade = detector as? CascadeDetector {
      return try PassResults(running: passes, over: image, with: packed(cascade))
    }
    let dense = try requireHeads(of: detector, for: name)
    let whole = Size(width: image.size.width, height: image.size.height)
    for pass in passes where pass.region != View(whole: whole, size: whole).region {
      throw PyramidError.unsuitable(
        strategy: name, reason: "the network takes one input size only: a canvas has another")
    }
    let sizes = passes.map { dense.inputSize(for: image.size, scale: $0.scale) }
    let levels = try cache.levels(sizes, of: dense)
    let heads: Set<Int> =
      try self.image.options.levels.map { try chosenHeads($0, of: dense) }
      ?? Set(dense.heads.indices)
    var run = PackedRun(image: image, dense: dense, passes: passes, levels: levels, heads: heads)
    return try run.results()
  }

  private func packed(_ base: CascadeDetector) throws -> PackedCascade {
    let identity = ObjectIdentifier(base)
    if let cascade, cascade.base == identity { return cascade.packed }
    let packed = try PackedCascade(base, canvas: canvas)
    cascade = (identity, packed)
    return packed
  }
}
