import CKernels
import TestSupport
import Testing

/// A product to compare with its scalar twin.
struct MatMulCase: CustomTestStringConvertible, Sendable {
  var m: Int
  var n: Int
  var k: Int
  var transposedA = false
  var transposedB = false
  var batch = 1
  var sharedB = false
  var constantB = false
  var hasBias = false
  var activation = CK_ACT_IDENTITY
  /// Elements between the rows of c beyond n.
  var gap = 0

  var testDescription: String {
    "\(batch)x \(m)x\(n)x\(k)\(transposedA ? " at" : "")\(transposedB ? " bt" : "")"
      + "\(constantB ? " constant" : "") act\(activation.rawValue)"
  }
}

@Suite struct MatMulReferenceTests {
  static let shapes: [MatMulCase] = [
    MatMulCase(m: 1, n: 1, k: 1),
    MatMulCase(m: 1, n: 100, k: 37, constantB: true, hasBias: true, activation: CK_ACT_RELU),
    MatMulCase(m: 15, n: 33, k: 17, hasBias: true, gap: 3),
    MatMulCase(m: 40, n: 31, k: 64, transposedB: true, batch: 3),
    MatMulCase(m: 13, n: 16, k: 5, transposedA: true, batch: 2, sharedB: true),
    MatMulCase(
      m: 29, n: 48, k: 16, transposedA: true, transposedB: true, hasBias: true,
      activation: CK_ACT_GELU),
    // More than one block of k: partial sums wait in c.
    MatMulCase(m: 17, n: 35, k: 1100, hasBias: true, activation: CK_ACT_SILU, gap: 1),
    MatMulCase(m: 60, n: 9, k: 513, transposedA: true, constantB: true),
    MatMulCase(m: 3, n: 4, k: 0, hasBias: true),
  ]

  @Test(arguments: KernelSet.available, shapes)
  func product(set: KernelSet, shape: MatMulCase) throws {
    let (m, n, k) = (shape.m, shape.n, shape.k)
    var random = SeededGenerator(seed: 3)
    let a = random.floats(shape.batch * m * k)
    let b = random.floats((shape.sharedB ? 1 : shape.batch) * k * n)
    let bias = shape.hasBias ? random.floats(n) : nil
    let aOffsets = (0..<shape.batch).map { $0 * m * k }
    let bOffsets = (0..<shape.batch).map { shape.sharedB ? 0 : $0 * k * n }
    let cOffsets = (0..<shape.batch).map { $0 * m * (n + shape.gap) }
    let untouched = [Float](repeating: -5, count: shape.batch * m * (n + shape.gap))
    var expected = untouched
    var outputs = [untouched, untouched]
    aOffsets.withUnsafeBufferPointer { aOffsets in
      bOffsets.withUnsafeBufferPointer { bOffsets in
        cOffsets.withUnsafeBufferPointer { cOffsets in
          var options = ck_matmul_options(
            m: Int32(m), n: Int32(n), k: Int32(k), a_row: shape.transposedA ? 1 : k,
            a_column: shape.transposedA ? m : 1, b_row: shape.transposedB ? 1 : n,
            b_column: shape.transposedB ? k : 1, c_row: n + shape.gap, batch: Int32(shape.batch),
            a_offsets: aOffsets.baseAddress, b_offsets: bOffsets.baseAddress,
            c_offsets: cOffsets.baseAddress, alpha: 0.5,
            activation: ck_activation(kind: shape.activation, a: 0, b: 0, slopes: nil))
          ck_reference_matmul(&options, a, b, bias, &expected)
          for threads in [1, 2] {
            a.withUnsafeBufferPointer { a in
              b.withUnsafeBufferPointer { b in
                outputs[threads - 1].withUnsafeMutableBufferPointer { c in
                  let operation = ck_matmul(
                    set.isa, &options, a.baseAddress, b.baseAddress, shape.constantB ? 1 : 0,
                    bias, c.baseAddress)
                  guard let operation else {
                    Issue.record("no operation")
                    return
                  }
                  runSteps(operation, threads: threads)
                  ck_op_destroy(operation)
                }
              }
            }
          }
        }
      }
    }
    expectClose(outputs[0], expected, absolute: 2e-5, relative: 2e-5)
    #expect(outputs[0] == outputs[1], "results depend on the number of threads")
  }
}
