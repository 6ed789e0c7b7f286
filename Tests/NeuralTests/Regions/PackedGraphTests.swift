import Neural
import TestSupport
import Testing

/// Several pictures on one canvas against a run of each alone.
@Suite struct PackedGraphTests {
  /// Sizes of pictures, in multiples of the total stride.
  static let sizes = [(9, 14), (6, 7), (5, 5), (4, 9)]

  /// Lays pictures side by side in one row, as close as the network allows, and one below.
  private func layOut(_ network: RegionNetwork) throws -> (
    canvas: (rows: Int, columns: Int), pictures: [SpatialRegion]
  ) {
    let unit = network.totalStride == 1 ? 3 : network.totalStride
    var pictures: [SpatialRegion] = []
    var (right, below, height) = (0, 0, 0)
    for (index, size) in Self.sizes.enumerated() {
      let (rows, columns) = (size.0 * unit, size.1 * unit)
      let footprint = try network.shaped(rows: rows, columns: columns).packedFootprint()
      if index == 3 { (right, below) = (0, height) }
      pictures.append(
        SpatialRegion(rows: below..<below + rows, columns: right..<right + columns))
      right += footprint.columns
      height = max(height, below + footprint.rows)
    }
    let width = pictures.map(\.columns.upperBound).max()! + 2 * unit
    return ((height, (width + 3) / 4 * 4), pictures)
  }

  private func picture(_ rows: Int, _ columns: Int, seed: UInt32) throws -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return try Tensor(generator.floats(3 * rows * columns), shape: [1, 3, rows, columns])
  }

  private func canvas(
    _ size: (rows: Int, columns: Int), _ pictures: [SpatialRegion], _ tensors: [Tensor]
  ) throws -> Tensor {
    var values = [Float](repeating: 0, count: 3 * size.rows * size.columns)
    for (region, tensor) in zip(pictures, tensors) {
      let floats = tensor.floats()
      for channel in 0..<3 {
        for (y, row) in region.rows.enumerated() {
          for (x, column) in region.columns.enumerated() {
            values[(channel * size.rows + row) * size.columns + column] =
              floats[(channel * region.rows.count + y) * region.columns.count + x]
          }
        }
      }
    }
    return try Tensor(values, shape: [1, 3, size.rows, size.columns])
  }

  /// Every output of every picture; `tolerance` 0 compares bits.
  private func compare(
    _ network: RegionNetwork, tolerance: Float,
    run: (ShapedGraph, Tensor) throws -> [Tensor]
  ) throws {
    let (size, pictures) = try layOut(network)
    let tensors = try pictures.enumerated().map {
      try picture($0.element.rows.count, $0.element.columns.count, seed: UInt32($0.offset))
    }
    let packed = try PackedGraph(
      canvas: network.shaped(rows: size.rows, columns: size.columns), pictures: pictures)
    let together = try run(packed.graph, canvas(size, pictures, tensors))
    for (index, region) in pictures.enumerated() {
      let alone = try run(
        network.shaped(rows: region.rows.count, columns: region.columns.count), tensors[index])
      for (output, expected) in alone.enumerated() {
        let crop = packed.crops[index][output]
        #expect(crop.croppedShape == expected.shape)
        let cropped = together[output].withUnsafeBytes {
          crop.cropped($0.bindMemory(to: Float.self))
        }
        if tolerance == 0 {
          #expect(cropped == expected.floats(), "picture \(index), output \(output)")
        } else {
          expectClose(
            cropped, expected.floats(), absolute: tolerance, relative: tolerance,
            "picture \(index), output \(output)")
        }
      }
    }
  }

  /// The graph itself is exact: by plain evaluation, without any kernel.
  @Test(arguments: RegionNetwork.all) func equalsEachAloneInReference(_ network: RegionNetwork)
    throws
  {
    try compare(network, tolerance: 1e-6) { graph, input in
      try ReferenceExecutor.run(graph, inputs: [input])
    }
  }

  /// With the kernels that each picture alone would get, whatever the canvas's size.
  @Test(arguments: RegionNetwork.all, InstructionSet.available)
  func equalsEachAloneBitForBit(_ network: RegionNetwork, set: InstructionSet) throws {
    try compare(network, tolerance: 0) { graph, input in
      try Network(graph, options: ExecutionOptions(threads: 2, instructionSet: set)).run([input])
    }
  }

  @Test func needsNoGapsWithoutPadding() throws {
    let footprint = try RegionNetwork.all[1].shaped(rows: 20, columns: 31).packedFootprint()
    #expect(footprint.rows == 20)
    #expect(footprint.columns == 32)
    #expect(footprint.rowAlignment == 2)
  }

  @Test func refusesPicturesTooClose() throws {
    let network = RegionNetwork.all[0]
    let pictures = [
      SpatialRegion(rows: 0..<32, columns: 0..<32), SpatialRegion(rows: 0..<32, columns: 32..<64),
    ]
    let error = try #require(throws: RegionError.self) {
      try PackedGraph(canvas: network.shaped(rows: 32, columns: 64), pictures: pictures)
    }
    guard case .tooClose = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test func refusesOriginsBetweenCells() throws {
    let network = RegionNetwork.all[0]
    #expect(throws: RegionError.self) {
      try PackedGraph(
        canvas: network.shaped(rows: 64, columns: 64),
        pictures: [SpatialRegion(rows: 2..<34, columns: 0..<32)])
    }
  }

  @Test(arguments: [
    "GlobalAveragePool", "MatMul", "Resize", "AveragePool", "InstanceNormalization",
  ])
  func namesTheOperatorThatCannot(_ name: String) throws {
    var b = RegionNetwork.Builder()
    let x = try b.block(b.input(), (3, 8))
    let scales = b.graph.addConstant(try Tensor([Float(1), 1, 2, 2], shape: [4]), name: "scales")
    let eight = b.graph.addConstant(
      try Tensor([Float](repeating: 1, count: 8), shape: [8]), name: "")
    let output =
      switch name {
      case "GlobalAveragePool": b.append(GlobalPool(function: .average), x)
      case "MatMul": b.append(MatMul(), x, x)
      case "AveragePool":
        b.append(
          AveragePool(
            kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padsBegin: [1, 1],
            padsEnd: [1, 1]), x)
      case "InstanceNormalization": b.append(InstanceNormalization(epsilon: 1e-5), x, eight, eight)
      default:
        b.append(
          Resize(mode: .linear, coordinates: .halfPixel, nearest: .floor), x, nil, scales)
      }
    b.graph.addOutput(output, name: "y")
    let graph = try ShapedGraph(b.graph, inputShapes: ["x": [1, 3, 16, 16]])
    let error = try #require(throws: RegionError.self) { try graph.packedFootprint() }
    #expect(error.description.contains("operator \(name) "), "\(error)")
  }
}
