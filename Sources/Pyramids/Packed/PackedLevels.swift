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
  }

  package let sizes: [Size]
  package let planes: [Plane]

  /// - Parameters:
  ///   - sizes: Of the levels' inputs.
  ///   - canvas: The largest that a canvas may be; `nil` for the largest level, rounded up to a
  ///     multiple of 16.
  ///   - workers: Threads that the networks share.
  /// - Throws: `RegionError` naming the operator that cannot be packed, `GraphError`,
  ///   `PyramidError.invalidOption` for a canvas that is too small.
  package init(
    _ dense: any DenseDetector, sizes: [Size], canvas: Size?, workers: WorkerPool
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
    let chosen = canvas ?? Self.smallestCanvas(sizes, alignment)
    guard chosen.width % alignment.width == 0, chosen.height % alignment.height == 0 else {
      throw PyramidError.invalidOption(
        "canvas of \(chosen): the network needs multiples of \(alignment)")
    }
    let side = 1...DetectorOptions.inputSideLimit
    guard side.contains(chosen.width), side.contains(chosen.height) else {
      throw PyramidError.invalidOption(
        "canvas of \(chosen): sides must be in 1...\(DetectorOptions.inputSideLimit)")
    }
    // Behind the last levels the canvas's own border stands for their margins.
    let margins = zip(slots, sizes).map {
      Size(width: $0.width - $1.width, height: $0.height - $1.height)
    }
    let layout = try CanvasLayout(
      slots,
      canvas: Size(
        width: chosen.width + (margins.map(\.width).min() ?? 0),
        height: chosen.height + (margins.map(\.height).min() ?? 0)))
    planes = try (0..<layout.planeCount).map { plane in
      let levels = sizes.indices.filter { layout.places[$0].plane == plane }.map { index in
        let place = layout.places[index]
        return (
          index: index,
          region: SpatialRegion(
            rows: place.y..<place.y + sizes[index].height,
            columns: place.x..<place.x + sizes[index].width)
        )
      }
      let size = Self.extent(levels.map(\.region), alignment)
      let packed = try PackedGraph(canvas: shaped(size), pictures: levels.map(\.region))
      let network = try Network(packed.graph, options: dense.executionOptions, workers: workers)
      return Plane(canvas: size, network: network, levels: levels, crops: packed.crops)
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

  private static func smallestCanvas(_ levels: [Size], _ alignment: Size) -> Size {
    func rounded(_ side: Int, _ alignment: Int) -> Int {
      let step = alignment % 16 == 0 ? alignment : alignment * 16
      return (max(side, 1) + step - 1) / step * step
    }
    return Size(
      width: rounded(levels.map(\.width).max() ?? 1, alignment.width),
      height: rounded(levels.map(\.height).max() ?? 1, alignment.height))
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
      input.update(repeating: 0)
      for level in levels {
        let size = Size(width: level.region.columns.count, height: level.region.rows.count)
        let count = 3 * size.width * size.height
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer { body(level.index, $0) }
        place(values, size, at: level.region, on: input)
      }
    }
  }

  /// Copies a level's `[3, height, width]` onto a canvas's input.
  private func place(
    _ values: [Float], _ size: Size, at region: SpatialRegion,
    on input: UnsafeMutableBufferPointer<Float>
  ) {
    values.withUnsafeBufferPointer { values in
      for channel in 0..<3 {
        for y in 0..<size.height {
          let target =
            (channel * canvas.height + region.rows.lowerBound + y) * canvas.width
            + region.columns.lowerBound
          let source = (channel * size.height + y) * size.width
          _ = UnsafeMutableBufferPointer(rebasing: input[target..<target + size.width]).update(
            from: UnsafeBufferPointer(rebasing: values[source..<source + size.width]))
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
