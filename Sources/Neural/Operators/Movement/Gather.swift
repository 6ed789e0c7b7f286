/// Picks entries along one axis: `output[a..., i..., b...] = data[a..., indices[i...], b...]`.
///
/// Inputs: data, any type; indices, Int64 or Int32 of any shape, negative from the end.
/// Output: the sizes of data with those of indices in place of `axis`.
package struct Gather: Operator, Hashable {
  package var axis: Int

  package init(axis: Int) {
    self.axis = axis
  }

  package var name: String { "Gather" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let inputs = try OperatorInputs(inputs, count: 2...2)
    let data = try inputs.type(0, "data")
    let indices = try inputs.type(1, "indices")
    try indices.requireIndices("indices")
    let axis = try Axes.resolve(axis, rank: data.shape.count)
    let shape = Array(data.shape[..<axis]) + indices.shape + data.shape[(axis + 1)...]
    return [try .output(data.elementType, shape)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let data = try required(inputs, 0)
    let axis = try Axes.resolve(axis, rank: data.shape.count)
    let size = data.shape[axis]
    let indices = try IndexNormalization.resolve(try required(inputs, 1), size: size)
    let chunk = data.shape[(axis + 1)...].reduce(data.elementType.byteCount, *)
    var result = try Tensor(zeros: type.elementType, shape: type.shape)
    if result.count == 0 { return [result] }
    try result.withUnsafeMutableBytes { output in
      data.withUnsafeBytes { bytes in
        var target = 0
        for outer in 0..<data.shape[..<axis].reduce(1, *) {
          for index in indices {
            let source = (outer * size + index) * chunk
            UnsafeMutableRawBufferPointer(rebasing: output[target..<target + chunk])
              .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[source..<source + chunk]))
            target += chunk
          }
        }
      }
    }
    return [result]
  }
}
