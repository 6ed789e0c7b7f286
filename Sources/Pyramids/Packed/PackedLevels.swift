package import Detectors
package import Geometry
package import Neural

/// Levels of given sizes on canvases, with a network compiled for each canvas: one run of each gives
/// all levels.
package struct PackedLevels {
  /// One canvas and the levels on it.
  package struct Plane {
    /// No larger than the levels on it need.
    package var canvas: Size
    package var network: Network
    /// Per level on it: its number, and where it lies.
    package var levels: [(index: Int, region: SpatialRegion)]
    /// `[level on it][output]`.
    package var crops: [[RegionCrop]]
    fileprivate let scratch: Scratch
  }

  /// Room for one level, used again for the next picture.
  fileprivate final class Scratch {
    var values: [Float]

    init(_ sizes: [Size]) {
      values = [Float](
        repeating: 0, count: 3 * (sizes.map { $0.width * $0.height }.max() ?? 0))
    }
  }

  package let sizes: [Size]
  package let planes: [Plane]

  /// - Parameters:
  ///   - sizes: Of the levels' inputs.
  ///   - canvas: The largest that a canvas may be; `nil` for one that holds all levels, as far as
  ///     `DetectorOptions.inputSideLimit` allows, with the fewest pixels.
  ///   - workers: Threads that the networks share.
  ///   - memory: For the networks' intermediate values; the outputs of one canvas are lost when the
  ///     next one is filled.
  /// - Throws: `RegionError` naming the operator that cannot be packed, `GraphError`,
  ///   `PyramidError.invalidOption` for a canvas that is too small.
  package init(
    _ dense: any DenseDetector, sizes: [Size], canvas: Size?, workers: WorkerPool,
    memory: WorkingMemory = WorkingMemory()
  ) throws {
    let graph = try dense.graph
    func shaped(_ size: Size) throws -> ShapedGraph {
      try ShapedGraph(
        graph, inputShapes: [graph.inputs[0].name: [1, 3, size.height, size.width]])
    }
    var slots: [Size] = []
    var alignment = Size(width: 1, height: 1)
    for size in sizes {
      let footprint = try shaped(size).packedFootprint()
      slots.append(Size(width: footprint.columns, height: footprint.rows))
      alignment = Size(width: footprint.columnAlignment, height: footprint.rowAlignment)
    }
    let chosen = try canvas ?? Self.smallestCanvas(sizes, slots, alignment)
    guard chosen.width % alignment.width == 0, chosen.height % alignment.height == 0 else {
      throw PyramidError.invalidOption(
        "canvas of \(chosen): the network needs multiples of \(alignment)")
    }
    let side = 1...DetectorOptions.inputSideLimit
    guard side.contains(chosen.width), side.contains(chosen.height) else {
      throw PyramidError.invalidOption(
        "canvas of \(chosen): sides must be in 1...\(DetectorOptions.inputSideLimit)")
    }
    let layout = try Self.layout(sizes, slots, on: chosen)
    let scratch = Scratch(sizes)
    planes = try (0..<layout.planeCount).map { plane in
      let levels = Self.levels(sizes, layout, plane)
      let size = Self.extent(levels.map(\.region), alignment)
      let packed = try PackedGraph(canvas: shaped(size), pictures: levels.map(\.region))
      let network = try Network(
        packed.graph, options: dense.executionOptions, workers: workers, memory: memory)
      return Plane(
        canvas: size, network: network, levels: levels, crops: packed.crops, scratch: scratch)
    }
    self.sizes = sizes
  }

  /// The smallest canvas that holds the regions.
  private static func extent(_ regions: [SpatialRegion], _ alignment: Size) -> Size {
    func rounded(_ side: Int, _ step: Int) -> Int { (side + step - 1) / step * step }
    return Size(
      width: rounded(regions.map(\.columns.upperBound).max() ?? 1, alignment.width),
      height: rounded(regions.map(\.rows.upperBound).max() ?? 1, alignment.height))
  }

  /// Behind the last levels the canvas's own border stands for their margins.
  private static func layout(
    _ sizes: [Size], _ slots: [Size], on canvas: Size
  ) throws(PyramidError) -> CanvasLayout {
    let margins = zip(slots, sizes).map {
      Size(width: $0.width - $1.width, height: $0.height - $1.height)
    }
    return try CanvasLayout(
      slots,
      canvas: Size(
        width: canvas.width + (margins.map(\.width).min() ?? 0),
        height: canvas.height + (margins.map(\.height).min() ?? 0)))
  }

  private static func levels(
    _ sizes: [Size], _ layout: CanvasLayout, _ plane: Int
  ) -> [(index: Int, region: SpatialRegion)] {
    sizes.indices.filter { layout.places[$0].plane == plane }.map { index in
      let place = layout.places[index]
      return (
        index,
        SpatialRegion(
          rows: place.y..<place.y + sizes[index].height,
          columns: place.x..<place.x + sizes[index].width)
      )
    }
  }

  /// Of the canvases as wide as the widest level, alone or beside another one, and as high as may be,
  /// that on which the levels take the fewest pixels; the narrowest of several.
  private static func smallestCanvas(
    _ sizes: [Size], _ slots: [Size], _ alignment: Size
  ) throws(PyramidError) -> Size {
    func fitting(_ step: Int) -> Int { DetectorOptions.inputSideLimit / step * step }
    let widest = slots.map(\.width).max() ?? 1
    let highest = fitting(alignment.height)
    let widths = Set([widest] + slots.map { min(widest + $0.width, fitting(alignment.width)) })
    var best: (canvas: Size, pixels: Double)?
    for width in widths.sorted() {
      let canvas = Size(width: width, height: highest)
      let layout = try layout(sizes, slots, on: canvas)
      let pixels = (0..<layout.planeCount).reduce(0.0) { sum, plane in
        let size = extent(levels(sizes, layout, plane).map(\.region), alignment)
        return sum + Double(size.width) * Double(size.height)
      }
      if best.map({ pixels < $0.pixels }) ?? true { best = (canvas, pixels) }
    }
    return best?.canvas ?? Size(width: widest, height: highest)
  }

  /// Bytes of all networks' intermediate values.
  package var workingByteCount: Int { planes.reduce(0) { $0 + $1.network.workingByteCount } }
}

extension PackedLevels.Plane {
  /// Writes all levels onto the canvas's input, zeros between them.
  ///
  /// - Parameter body: Gives a level, by its number, as `[3, height, width]`; every element is to be
  ///   written.
  package func fill(_ body: (Int, UnsafeMutableBufferPointer<Float>) -> Void) {
    network.withInput(0) { input in
      for level in levels {
        let region = level.region
        let count = 3 * region.rows.count * region.columns.count
        scratch.values.withUnsafeMutableBufferPointer {
          let values = UnsafeMutableBufferPointer(rebasing: $0[..<count])
          body(level.index, values)
          place(UnsafeBufferPointer(values), at: region, on: input)
        }
      }
      clearGaps(of: input)
    }
  }

  /// Copies a level's `[3, height, width]` onto a canvas's input.
  private func place(
    _ values: UnsafeBufferPointer<Float>, at region: SpatialRegion,
    on input: UnsafeMutableBufferPointer<Float>
  ) {
    let (height, width) = (region.rows.count, region.columns.count)
    for channel in 0..<3 {
      for y in 0..<height {
        let target =
          (channel * canvas.height + region.rows.lowerBound + y) * canvas.width
          + region.columns.lowerBound
        let source = (channel * height + y) * width
        _ = UnsafeMutableBufferPointer(rebasing: input[target..<target + width]).update(
          from: UnsafeBufferPointer(rebasing: values[source..<source + width]))
      }
    }
  }

  private func clearGaps(of input: UnsafeMutableBufferPointer<Float>) {
    for row in 0..<canvas.height {
      let covered = levels.map(\.region).filter { $0.rows.contains(row) }.map(\.columns)
        .sorted { $0.lowerBound < $1.lowerBound }
      let ends = [0] + covered.map(\.upperBound)
      let starts = covered.map(\.lowerBound) + [canvas.width]
      for (end, start) in zip(ends, starts) where end < start {
        for channel in 0..<3 {
          let first = (channel * canvas.height + row) * canvas.width
          UnsafeMutableBufferPointer(rebasing: input[first + end..<first + start]).update(
            repeating: 0)
        }
      }
    }
  }

  /// The cells of one of the canvas's maps that belong to a level.
  ///
  /// - Parameter position: Of the level in `levels`.
  package func window(of map: DenseMap, level position: Int) -> DenseMap? {
    for crop in crops[position] {
      for part in crop.parts where part.rows == map.rows && part.columns == map.columns {
        var window = map.window(columns: part.region.columns, rows: part.region.rows)
        window.levelSize = Size(
          width: levels[position].region.columns.count, height: levels[position].region.rows.count)
        return window
      }
    }
    return nil
  }
}
