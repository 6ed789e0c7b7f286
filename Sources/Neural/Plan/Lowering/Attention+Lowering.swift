internal import CKernels

extension Attention: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let q = node.inputs[0], let k = node.inputs[1], let v = node.inputs[2] else {
      return false
    }
    let output = builder.type(node.outputs[0])
    guard output.shape.allSatisfy({ $0 > 0 && $0 <= Int32.max }) else { return false }
    var queries = builder.view(q)
    // The kernel reads neighbouring queries at once.
    if queries.strides.last != 1 { queries = PlanarView(builder.planar(q)) }
    let (keys, values) = (builder.view(k), builder.view(v))
    let target = builder.makePlanar(output)
    let rank = output.shape.count
    let isa = builder.isa
    let scale = scale
    builder.emit { memory in
      let offsets = [queries, keys, values, PlanarView(target)].map { $0.offsets(inner: 2) }
      return withPointers(to: offsets) { pointers in
        var options = ck_attention_options(
          queries: Int32(queries.shape[rank - 1]), keys: Int32(keys.shape[rank - 1]),
          query_channels: Int32(queries.shape[rank - 2]),
          value_channels: Int32(values.shape[rank - 2]), scale: scale,
          q_row: queries.strides[rank - 2], k_row: keys.strides[rank - 2],
          k_column: keys.strides[rank - 1], v_row: values.strides[rank - 2],
          v_column: values.strides[rank - 1], out_row: output.shape[rank - 1],
          heads: Int32(offsets[0].count), q_offsets: pointers[0], k_offsets: pointers[1],
          v_offsets: pointers[2], out_offsets: pointers[3])
        return ck_attention(
          isa, &options, memory.floats(queries.start), memory.floats(keys.start),
          memory.floats(values.start), memory.floats(target))
      }
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}

/// Gives the first element of each array.
private func withPointers<R>(
  to arrays: [[Int]], _ made: [UnsafePointer<Int>?] = [], _ body: ([UnsafePointer<Int>?]) -> R
) -> R {
  guard made.count < arrays.count else { return body(made) }
  return arrays[made.count].withUnsafeBufferPointer {
    withPointers(to: arrays, made + [$0.baseAddress], body)
  }
}
