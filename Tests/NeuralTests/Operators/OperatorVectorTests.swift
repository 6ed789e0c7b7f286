import Neural
import TestSupport
import Testing

/// ONNX's own node test cases (see Fixtures/README.md) against shape inference and evaluation.
@Suite struct OperatorVectorTests {
  /// Accepted differences from ONNX's cases, each with its reason.
  static let knownDifferences: [String: String] = [
    "resize_downsample_scales_linear_align_corners":
      "uses the unrounded length 2.4 where the definition says the length of the output, 2",
    "resize_downsample_scales_cubic_align_corners":
      "uses the unrounded length 3.2 where the definition says the length of the output, 3",
  ]

  /// ONNX computed in Float32 in other orders; sums are of a few hundred elements.
  static let relativeTolerance: Float = 2e-5
  /// Cases whose expected figures are written to four places.
  static let roundedCases: Set<String> = [
    "averagepool_2d_ceil_last_window_starts_on_pad", "gridsample_bicubic", "roialign_aligned_false",
    "roialign_aligned_true",
  ]

  @Test(arguments: [
    ("convolution", 17), ("pooling", 24), ("normalization", 31), ("activation", 33),
    ("elementwise", 197), ("movement", 122), ("resize", 39), ("reduction", 138), ("matrix", 18),
    ("shape", 34), ("attention", 27), ("sampling", 27), ("quantization", 21), ("peer", 29),
  ])
  func agreesWithONNX(group: String, count: Int) throws {
    let vectors = try OperatorVector.load(group)
    #expect(vectors.count == count)
    for vector in vectors where Self.knownDifferences[vector.name] == nil {
      do {
        let operation = try #require(try vector.makeOperator(), "\(vector.operatorName)")
        let types = try operation.inferTypes(
          vector.inputs.map { tensor in
            tensor.map {
              OperatorInput(type: TensorType($0.elementType, $0.shape), constant: $0)
            }
          })
        let outputs = try operation.evaluate(vector.inputs)
        #expect(
          types == outputs.map { TensorType($0.elementType, $0.shape) }, "\(vector.name)")
        // Attention gives its keys and values whether they are asked for or not.
        #expect(outputs.count >= vector.outputs.count, "\(vector.name)")
        for (output, expected) in zip(outputs, vector.outputs) {
          #expect(output.elementType == expected.elementType, "\(vector.name)")
          #expect(output.shape == expected.shape, "\(vector.name)")
          if output.elementType == .float32 {
            let absolute: Float = Self.roundedCases.contains(vector.name) ? 1e-4 : 2e-6
            expectClose(
              output.floats(), expected.floats(), absolute: absolute,
              relative: Self.relativeTolerance, vector.name)
          } else {
            #expect(output.floats() ~= expected.floats(), "\(vector.name)")
          }
        }
      } catch {
        Issue.record("\(vector.name): \(error)")
      }
    }
  }
}

/// Equality in which NaN equals NaN.
private func ~= (actual: [Float], expected: [Float]) -> Bool {
  actual.count == expected.count
    && zip(actual, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
}
