import CKernels
import TestSupport
import Testing

/// The fused proposal network against a plain one, layer by layer in Double.
@Suite struct ProposalReferenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var width: Int
    var height: Int
    var columns: Range<Int>
    var rows: Range<Int>
    var testDescription: String { "\(width)x\(height), columns \(columns), rows \(rows)" }
  }
  static let cases = [
    Case(width: 12, height: 12, columns: 0..<1, rows: 0..<1),
    Case(width: 13, height: 12, columns: 0..<2, rows: 0..<1),
    Case(width: 14, height: 15, columns: 0..<2, rows: 0..<3),
    Case(width: 44, height: 27, columns: 0..<17, rows: 0..<9),
    Case(width: 75, height: 19, columns: 0..<33, rows: 0..<5),
    Case(width: 75, height: 30, columns: 16..<33, rows: 3..<10),
    Case(width: 110, height: 17, columns: 0..<49, rows: 1..<3),
  ]

  /// Planes of one layer.
  private struct Layer {
    var channels: Int
    var height: Int
    var width: Int
    var values: [Double]

    subscript(_ channel: Int, _ y: Int, _ x: Int) -> Double {
      values[(channel * height + y) * width + x]
    }

    func convolved(_ kernel: [Float], _ bias: [Float], _ slopes: [Float]) -> Layer {
      var result = Layer(
        channels: bias.count, height: height - 2, width: width - 2, values: [])
      for o in 0..<result.channels {
        for y in 0..<result.height {
          for x in 0..<result.width {
            var sum = Double(bias[o])
            for i in 0..<channels {
              for k in 0..<9 {
                sum += Double(kernel[(o * channels + i) * 9 + k]) * self[i, y + k / 3, x + k % 3]
              }
            }
            result.values.append(sum < 0 ? sum * Double(slopes[o]) : sum)
          }
        }
      }
      return result
    }

    func pooled() -> Layer {
      var result = Layer(
        channels: channels, height: (height + 1) / 2, width: (width + 1) / 2, values: [])
      for channel in 0..<channels {
        for y in 0..<result.height {
          for x in 0..<result.width {
            var most = -Double.infinity
            for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)]
            where 2 * y + row < height && 2 * x + column < width {
              most = max(most, self[channel, 2 * y + row, 2 * x + column])
            }
            result.values.append(most)
          }
        }
      }
      return result
    }
  }

  private struct Parameters {
    var kernels: [[Float]] = []
    var biases: [[Float]] = []
    var slopes: [[Float]] = []
    var heads: [Float]
    var headBiases: [Float]

    init(negativeSlopes: Bool) {
      var generator = SeededGenerator(seed: 41)
      for (input, output) in [(3, 10), (10, 16), (16, 32)] {
        kernels.append(generator.floats(input * output * 9).map { 0.3 * $0 })
        biases.append(generator.floats(output))
        slopes.append(generator.floats(output).map { negativeSlopes ? $0 : abs($0) })
      }
      heads = generator.floats(6 * 32).map { 0.3 * $0 }
      headBiases = generator.floats(6)
    }
  }

  @Test(arguments: KernelSet.available, cases)
  func cells(set: KernelSet, one: Case) throws {
    for negativeSlopes in [false, true] {
      try check(set, one, Parameters(negativeSlopes: negativeSlopes))
    }
  }

  private func check(_ set: KernelSet, _ one: Case, _ parameters: Parameters) throws {
    var generator = SeededGenerator(seed: 42)
    let pixels = generator.floats(3 * one.width * one.height)
    var layer = Layer(
      channels: 3, height: one.height, width: one.width, values: pixels.map(Double.init))
    for index in 0..<3 {
      layer = layer.convolved(
        parameters.kernels[index], parameters.biases[index], parameters.slopes[index])
      if index == 0 { layer = layer.pooled() }
    }
    var expected: [[Double]] = []
    for y in one.rows {
      for x in one.columns {
        expected.append(
          (0..<6).map { head in
            (0..<32).reduce(Double(parameters.headBiases[head])) {
              $0 + Double(parameters.heads[head * 32 + $1]) * layer[$1, y, x]
            }
          })
      }
    }
    let margins = expected.map { $0[1] - $0[0] }.sorted()
    // All cells, and about half of them.
    for least in [-Double.greatestFiniteMagnitude, margins[margins.count / 2] + 1e-3] {
      let hits = try run(set, one, parameters, pixels, least: Float(least))
      let places = expected.indices.filter { expected[$0][1] - expected[$0][0] >= least }
      let actual = hits.map { hit in
        (Int(hit.row) - one.rows.lowerBound) * one.columns.count + Int(hit.column)
          - one.columns.lowerBound
      }
      // Margins next to the threshold may fall on either side.
      guard margins.allSatisfy({ abs($0 - least) > 1e-4 }) else { continue }
      #expect(actual == places)
      for (hit, place) in zip(hits, places) {
        let heads = [
          hit.heads.0, hit.heads.1, hit.heads.2, hit.heads.3, hit.heads.4, hit.heads.5,
        ]
        // Transformed rows round more than plain sums do.
        expectClose(heads, expected[place].map { Float($0) }, absolute: 2e-5, relative: 2e-5)
      }
    }
  }

  private final class Level {
    let pixels: [Float]
    let one: Case
    init(_ pixels: [Float], _ one: Case) { (self.pixels, self.one) = (pixels, one) }

    func fill(
      _ row: Int, _ columns: Range<Int>, _ out: UnsafeMutablePointer<Float>, _ stride: Int
    ) {
      #expect(row < one.height && columns.upperBound <= one.width)
      for plane in 0..<3 {
        for (place, column) in columns.enumerated() {
          out[plane * stride + place] = pixels[(plane * one.height + row) * one.width + column]
        }
      }
    }
  }

  private func run(
    _ set: KernelSet, _ one: Case, _ parameters: Parameters, _ pixels: [Float], least: Float
  ) throws -> [ck_proposal_hit] {
    let p = parameters
    let network = p.kernels[0].withUnsafeBufferPointer { k0 in
      p.kernels[1].withUnsafeBufferPointer { k1 in
        p.kernels[2].withUnsafeBufferPointer { k2 in
          p.heads.withUnsafeBufferPointer { heads in
            let small = p.biases + p.slopes + [p.headBiases]
            return small.joined().map { $0 }.withUnsafeBufferPointer { small -> OpaquePointer? in
              guard let s = small.baseAddress else { return nil }
              var weights = ck_proposal_weights(
                kernels: (k0.baseAddress, k1.baseAddress, k2.baseAddress),
                biases: (s, s + 10, s + 26), slopes: (s + 58, s + 68, s + 84),
                heads: heads.baseAddress, head_biases: s + 116)
              return ck_proposal_create(set.isa, &weights)
            }
          }
        }
      }
    }
    let made = try #require(network)
    defer { ck_proposal_destroy(made) }
    var tile = ck_proposal_tile(
      level_width: Int32(one.width), level_height: Int32(one.height),
      column: Int32(one.columns.lowerBound), row: Int32(one.rows.lowerBound),
      columns: Int32(one.columns.count), rows: Int32(one.rows.count))
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: ck_proposal_scratch(made, tile.columns), alignment: 64)
    defer { scratch.deallocate() }
    // What scratch held before means nothing.
    scratch.initializeMemory(
      as: Float.self, repeating: .nan, count: ck_proposal_scratch(made, tile.columns) / 4)
    var found = ck_proposal_hits()
    defer { ck_proposal_hits_free(&found) }
    let level = Level(pixels, one)
    let rows = ck_proposal_rows(
      fill: { context, row, column, count, out, stride in
        guard let context, let out else { return }
        Unmanaged<Level>.fromOpaque(context).takeUnretainedValue()
          .fill(Int(row), Int(column)..<Int(column + count), out, stride)
      }, context: Unmanaged.passUnretained(level).toOpaque())
    let done = withExtendedLifetime(level) {
      ck_proposal_run(made, &tile, rows, least, scratch, &found)
    }
    #expect(done == 1)
    return Array(UnsafeBufferPointer(start: found.hits, count: found.count))
  }
}
