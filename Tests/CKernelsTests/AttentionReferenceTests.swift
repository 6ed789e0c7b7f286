import CKernels
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Attention against sums in double precision.
@Suite struct AttentionReferenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var queries: Int
    var keys: Int
    var queryChannels: Int
    var valueChannels: Int
    var heads = 1
    /// Spread of the scores: large ones leave one key only.
    var scale: Float = 0.5
    var testDescription: String {
      "\(heads)x \(queries)x\(keys) of \(queryChannels), \(valueChannels) times \(scale)"
    }
  }
  static let cases = [
    Case(queries: 1, keys: 1, queryChannels: 1, valueChannels: 1),
    Case(queries: 33, keys: 17, queryChannels: 5, valueChannels: 12, heads: 2),
    Case(queries: 16, keys: 40, queryChannels: 32, valueChannels: 3, scale: 300),
    // More keys than a block: the maximum changes on the way.
    Case(queries: 19, keys: 1100, queryChannels: 4, valueChannels: 9, heads: 2, scale: 20),
  ]

  @Test(arguments: KernelSet.available, cases)
  func attention(set: KernelSet, one: Case) throws {
    var random = SeededGenerator(seed: 4)
    let q = random.floats(one.heads * one.queryChannels * one.queries)
    let k = random.floats(one.heads * one.queryChannels * one.keys)
    let v = random.floats(one.heads * one.valueChannels * one.keys)
    let expected = Self.expected(one, q, k, v)
    let heads = 0..<one.heads
    let results = [1, 2].map { threads -> [Float] in
      var out = [Float](repeating: .nan, count: expected.count)
      let qOffsets = heads.map { $0 * one.queryChannels * one.queries }
      let kOffsets = heads.map { $0 * one.queryChannels * one.keys }
      let vOffsets = heads.map { $0 * one.valueChannels * one.keys }
      let outOffsets = heads.map { $0 * one.valueChannels * one.queries }
      out.withUnsafeMutableBufferPointer { out in
        qOffsets.withUnsafeBufferPointer { qOffsets in
          kOffsets.withUnsafeBufferPointer { kOffsets in
            vOffsets.withUnsafeBufferPointer { vOffsets in
              outOffsets.withUnsafeBufferPointer { outOffsets in
                var options = ck_attention_options(
                  queries: Int32(one.queries), keys: Int32(one.keys),
                  query_channels: Int32(one.queryChannels),
                  value_channels: Int32(one.valueChannels), scale: one.scale,
                  q_row: one.queries, k_row: one.keys, k_column: 1, v_row: one.keys,
                  v_column: 1, out_row: one.queries, heads: Int32(one.heads),
                  q_offsets: qOffsets.baseAddress, k_offsets: kOffsets.baseAddress,
                  v_offsets: vOffsets.baseAddress, out_offsets: outOffsets.baseAddress)
                guard let operation = ck_attention(set.isa, &options, q, k, v, out.baseAddress)
                else { return }
                runSteps(operation, threads: threads)
                ck_op_destroy(operation)
              }
            }
          }
        }
      }
      return out
    }
    // Scores up to 20 carry an error of some 1e-6, and so do the exponentials relative to it.
    expectClose(results[0], expected, absolute: one.scale > 100 ? 2e-4 : 5e-6, relative: 1e-5)
    #expect(results[0] == results[1], "results depend on the number of threads")
  }

  private static func expected(_ one: Case, _ q: [Float], _ k: [Float], _ v: [Float]) -> [Float] {
    var out: [Float] = []
    for head in 0..<one.heads {
      let weights = (0..<one.queries).map { i -> [Double] in
        let scores = (0..<one.keys).map { j in
          (0..<one.queryChannels).reduce(0.0) { sum, d in
            let row = head * one.queryChannels + d
            return sum + Double(q[row * one.queries + i]) * Double(k[row * one.keys + j])
          } * Double(one.scale)
        }
        let largest = scores.max() ?? 0
        let exponentials = scores.map { exp($0 - largest) }
        let total = exponentials.reduce(0, +)
        return exponentials.map { $0 / total }
      }
      for e in 0..<one.valueChannels {
        let row = (head * one.valueChannels + e) * one.keys
        for i in 0..<one.queries {
          out.append(
            Float(weights[i].indices.reduce(0.0) { $0 + weights[i][$1] * Double(v[row + $1]) }))
        }
      }
    }
    return out
  }
}
