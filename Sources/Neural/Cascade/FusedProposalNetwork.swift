internal import CKernels

/// The first network of MTCNN (P-Net: Zhang et al. 2016, arXiv:1604.02878) in one pass over a level:
/// rows of pixels go in, the cells over a threshold come out, and no layer is stored as a whole.
///
/// Three valid 3x3 convolutions with PReLU of 10, 16 and 32 channels, the first followed by a 2x2
/// maximum of stride 2, then 6 heads per cell.
package final class FusedProposalNetwork: @unchecked Sendable {
  // Immutable after `init`; the kernel only reads it.
  private let kernel: OpaquePointer

  /// The parameters of a convolution and its PReLU.
  package struct Layer {
    package var kernel: Tensor
    package var bias: Tensor
    package var slopes: Tensor

    /// - Parameters:
    ///   - kernel: `[out, in, 3, 3]`.
    ///   - bias: `[out]`, as `slopes`.
    package init(kernel: Tensor, bias: Tensor, slopes: Tensor) {
      self.kernel = kernel
      self.bias = bias
      self.slopes = slopes
    }
  }

  /// A rectangle of a level's cells: cell `(x, y)` sees the 12 x 12 pixels from `(2 x, 2 y)` on.
  package struct Tile: Hashable, Sendable {
    /// The level's size in pixels, each at least 12.
    package var levelWidth: Int
    package var levelHeight: Int
    package var columns: Swift.Range<Int>
    package var rows: Swift.Range<Int>

    package init(
      levelWidth: Int, levelHeight: Int, columns: Swift.Range<Int>, rows: Swift.Range<Int>
    ) {
      self.levelWidth = levelWidth
      self.levelHeight = levelHeight
      self.columns = columns
      self.rows = rows
    }
  }

  /// A cell and its heads.
  package struct Hit: Hashable, Sendable {
    package var column: Int
    package var row: Int
    /// Logits: not a face, face.
    package var logits: SIMD2<Float>
    /// For minX, minY, maxX and maxY.
    package var regression: SIMD4<Float>

    package init(
      column: Int, row: Int, logits: SIMD2<Float>, regression: SIMD4<Float>
    ) {
      self.column = column
      self.row = row
      self.logits = logits
      self.regression = regression
    }
  }

  private static let channels = [3, 10, 16, 32]
  private static let headCount = 6

  /// - Parameters:
  ///   - layers: The three convolutions.
  ///   - heads: `[6, 32]`: not a face, face, four regressions.
  ///   - headBias: `[6]`.
  /// - Throws: `GraphError.malformed` for other shapes, `.instructionSet` for one that the processor
  ///   lacks, `.outOfMemory`.
  package init(
    layers: [Layer], heads: Tensor, headBias: Tensor, instructionSet: InstructionSet = .best
  ) throws {
    guard instructionSet.isAvailable else {
      throw GraphError.instructionSet(
        instructionSet.rawValue, available: InstructionSet.available.map(\.rawValue))
    }
    func floats(_ tensor: Tensor, _ shape: [Int]) throws -> [Float] {
      guard tensor.elementType == .float32, tensor.shape == shape else {
        throw GraphError.malformed("parameters of shape \(tensor.shape), not \(shape)")
      }
      return tensor.floats()
    }
    guard layers.count == 3 else { throw GraphError.malformed("\(layers.count) layers, not 3") }
    let parameters = Parameters()
    for (index, layer) in layers.enumerated() {
      let (input, output) = (Self.channels[index], Self.channels[index + 1])
      parameters.add(try floats(layer.kernel, [output, input, 3, 3]))
      parameters.add(try floats(layer.bias, [output]))
      parameters.add(try floats(layer.slopes, [output]))
    }
    parameters.add(try floats(heads, [Self.headCount, Self.channels[3]]))
    parameters.add(try floats(headBias, [Self.headCount]))
    let kernel = withExtendedLifetime(parameters) {
      let p = parameters.pointers
      var weights = ck_proposal_weights(
        kernels: (p[0], p[3], p[6]), biases: (p[1], p[4], p[7]), slopes: (p[2], p[5], p[8]),
        heads: p[9], head_biases: p[10])
      return ck_proposal_create(instructionSet.kernels, &weights)
    }
    guard let kernel else { throw GraphError.outOfMemory(byteCount: 0) }
    self.kernel = kernel
  }

  deinit { ck_proposal_destroy(kernel) }

  /// Multiply–adds over a level of at least 12 x 12 pixels, as its layers one by one would have.
  package static func multiplyAdds(width: Int, height: Int, poolsPartialWindows: Bool) -> Int {
    var sides = [width - 2, height - 2]
    var sum = sides[0] * sides[1] * channels[0] * channels[1] * 9
    sides = sides.map { poolsPartialWindows ? ($0 + 1) / 2 : $0 / 2 }
    for layer in 1...2 {
      sides = sides.map { $0 - 2 }
      sum += sides[0] * sides[1] * channels[layer] * channels[layer + 1] * 9
    }
    return sum + sides[0] * sides[1] * channels[3] * headCount
  }

  /// Bytes of scratch memory, aligned to 64, that tiles of up to `columns` cells a row need.
  package func scratchByteCount(columns: Int) -> Int {
    ck_proposal_scratch(kernel, Int32(clamping: columns))
  }

  /// The cells of a tile whose face logit exceeds the other by `least` or is not a number, by rows.
  ///
  /// Tiles of any shape give the same heads up to rounding.
  /// - Parameters:
  ///   - scratch: Of `scratchByteCount(columns:)` bytes.
  ///   - fill: Gives a row of a range of the level's pixel columns as planes: the arguments are row,
  ///     columns, where the first plane goes, elements from one plane to the next.
  /// - Returns: `nil` when there is no memory for the hits.
  package func hits(
    in tile: Tile, least: Float, scratch: UnsafeMutableRawPointer,
    fill: (Int, Swift.Range<Int>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> [Hit]? {
    precondition(tile.levelWidth >= 12 && tile.levelHeight >= 12, "a level holds a cell")
    precondition(!tile.columns.isEmpty && !tile.rows.isEmpty, "a tile holds a cell")
    precondition(
      tile.columns.lowerBound >= 0 && 2 * tile.columns.upperBound + 9 <= tile.levelWidth
        && tile.rows.lowerBound >= 0 && 2 * tile.rows.upperBound + 9 <= tile.levelHeight,
      "cells of the level")
    return withoutActuallyEscaping(fill) { fill in
      var source = Source(fill: fill)
      return withUnsafeMutablePointer(to: &source) { source in
        var place = ck_proposal_tile(
          level_width: Int32(tile.levelWidth), level_height: Int32(tile.levelHeight),
          column: Int32(tile.columns.lowerBound), row: Int32(tile.rows.lowerBound),
          columns: Int32(tile.columns.count), rows: Int32(tile.rows.count))
        let rows = ck_proposal_rows(
          fill: { context, row, column, count, out, planeStride in
            guard let context, let out else { return }
            let source = context.assumingMemoryBound(to: Source.self)
            source.pointee.fill(Int(row), Int(column)..<Int(column + count), out, planeStride)
          }, context: source)
        var found = ck_proposal_hits()
        defer { ck_proposal_hits_free(&found) }
        guard ck_proposal_run(kernel, &place, rows, least, scratch, &found) != 0 else { return nil }
        return UnsafeBufferPointer(start: found.hits, count: found.count).map { hit in
          let heads = hit.heads
          return Hit(
            column: Int(hit.column), row: Int(hit.row), logits: SIMD2(heads.0, heads.1),
            regression: SIMD4(heads.2, heads.3, heads.4, heads.5))
        }
      }
    }
  }

  private struct Source {
    let fill: (Int, Swift.Range<Int>, UnsafeMutablePointer<Float>, Int) -> Void
  }

  /// Arrays at fixed places in memory.
  private final class Parameters {
    private(set) var pointers: [UnsafePointer<Float>] = []

    func add(_ values: [Float]) {
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
      pointer.initialize(from: values, count: values.count)
      pointers.append(UnsafePointer(pointer))
    }

    deinit { for pointer in pointers { pointer.deallocate() } }
  }
}
