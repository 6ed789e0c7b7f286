internal import CKernels

extension PackedAttention: LowerableOperator {
  /// One kernel a sequence, on its part of the tokens.
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    guard let q = node.inputs[0], let k = node.inputs[1], let v = node.inputs[2] else {
      return false
    }
    let output = builder.type(node.outputs[0])
    guard output.shape.allSatisfy({ $0 > 0 && $0 <= Int32.max }) else { return false }
    let rank = output.shape.count
    let tokens = output.shape[rank - 1]
    let depth = builder.type(q).shape[rank - 2]
    let width = output.shape[rank - 2]
    let heads = output.shape.dropLast(2).reduce(1, *)
    guard depth > 0 else { return false }
    let sources = [q, k, v].map { builder.planar($0) }
    let target = builder.makePlanar(output)
    let (isa, scale) = (builder.isa, scale)
    for sequence in sequences {
      builder.emit(multiplyAdds: heads * sequence.count * sequence.count * (depth + width)) {
        memory in
        let byDepth = (0..<heads).map { $0 * depth * tokens + sequence.lowerBound }
        let byWidth = (0..<heads).map { $0 * width * tokens + sequence.lowerBound }
        return byDepth.withUnsafeBufferPointer { byDepth in
          byWidth.withUnsafeBufferPointer { byWidth in
            var options = ck_attention_options(
              queries: Int32(sequence.count), keys: Int32(sequence.count),
              query_channels: Int32(depth), value_channels: Int32(width), scale: scale,
              q_row: tokens, k_row: tokens, k_column: 1, v_row: tokens, v_column: 1,
              out_row: tokens, heads: Int32(heads), q_offsets: byDepth.baseAddress,
              k_offsets: byDepth.baseAddress, v_offsets: byWidth.baseAddress,
              out_offsets: byWidth.baseAddress)
            return ck_attention(
              isa, &options, memory.floats(sources[0]), memory.floats(sources[1]),
              memory.floats(sources[2]), memory.floats(target))
          }
        }
      }
    }
    builder.define(node.outputs[0], planar: target)
    return true
  }
}
