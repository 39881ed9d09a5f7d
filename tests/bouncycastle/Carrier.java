/** Takes a message to the server and brings back what it answers with; nothing of ours. */
interface Carrier {
    /** Empty when the server has taken the message and says nothing. */
    byte[] carry(byte[] message) throws Exception;
}
