extension Slice { func ranges(inputShape: [Int], parameters: [Tensor?]) throws -> [(start: Int, step: Int)] { throw OperatorError.unsupported("pending") } }
