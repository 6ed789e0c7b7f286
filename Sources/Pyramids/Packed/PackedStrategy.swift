package import Detectors
package import Geometry
package import Imaging
internal import Neural

/// The levels of an image pyramid side by side on one canvas, or a few, each through the network in
/// one pass ("patchwork": Dubout & Fleuret 2012; Iandola et al. 2014, arXiv:1404.1869).
///
/// The answer is that of `image`: before every operator that pads, the gaps between levels hold what
/// it pads with. Networks of valid convolutions need no gaps. Networks that mix positions (global
/// pooling, attention, linear upsampling) are refused by the operator's name.
package final class PackedStrategy: PyramidStrategy {
  package let image: ImageStrategy
  /// `nil` for the largest level with its margin.
  package let canvas: Size?
  /// The layouts used last, the newest at the end.
  private var layouts: [PackedLevels] = []
  private var workers: WorkerPool?

  private static let layoutLimit = 4
  /// Bytes that the intermediate values of layouts not in use may take.
  private static let layoutByteLimit = 1 << 30

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
  }

  package var name: String { "packed" }

  package func check(_ detector: any Detector) throws(PyramidError) {
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
    let dense = try requireHeads(of: detector, for: name)
    let passes = try self.image.passes(for: image.size, detector)
    let whole = Size(width: image.size.width, height: image.size.height)
    for pass in passes where pass.region != View(whole: whole, size: whole).region {
      throw PyramidError.unsuitable(
        strategy: name, reason: "the network takes one input size only: a canvas has another")
    }
    let sizes = passes.map { dense.inputSize(for: image.size, scale: $0.scale) }
    let levels = try layout(sizes, dense)
    let heads: Set<Int> =
      try self.image.options.levels.map { try chosenHeads($0, of: dense) }
      ?? Set(dense.heads.indices)
    var run = PackedRun(image: image, dense: dense, passes: passes, levels: levels, heads: heads)
    return try run.results()
  }

  /// The layout for these sizes, from those used last.
  private func layout(_ sizes: [Size], _ dense: any DenseDetector) throws -> PackedLevels {
    if let index = layouts.firstIndex(where: { $0.sizes == sizes }) {
      let layout = layouts.remove(at: index)
      layouts.append(layout)
      return layout
    }
    let bytes = layouts.reduce(0) { $0 + $1.workingByteCount }
    if layouts.count >= Self.layoutLimit || bytes > Self.layoutByteLimit { layouts.removeFirst() }
    let workers = try self.workers ?? WorkerPool(threads: dense.executionOptions.threads)
    self.workers = workers
    do {
      let layout = try PackedLevels(dense, sizes: sizes, canvas: canvas, workers: workers)
      layouts.append(layout)
      return layout
    } catch let error as RegionError {
      throw PyramidError.unsuitable(strategy: name, reason: "\(error)")
    }
  }
}
