extension MaxPool { func padding(inputShape: [Int]) throws -> (begin: [Int], end: [Int]) { (padsBegin, padsEnd) } }
extension AveragePool { func padding(inputShape: [Int]) throws -> (begin: [Int], end: [Int]) { (padsBegin, padsEnd) } }
extension ConvolutionTranspose { func padding(inputShape: [Int], kernel: [Int]) throws -> (begin: [Int], end: [Int]) { (padsBegin, padsEnd) } }
extension Slice { func ranges(inputShape: [Int], parameters: [Tensor?]) throws -> [(start: Int, step: Int)] { throw OperatorError.unsupported("pending") } }
